-- Applications for promotion, and the second looks that a promoted app's changes ask for.
create table promotion_requests (
    id bigint generated always as identity primary key,
    application_id bigint not null references applications on delete cascade,
    kind text not null check (kind in ('promotion', 're_review')),
    state text not null check (state in ('submitted', 'approved', 'rejected', 'changes_requested', 'cancelled')),
    revision integer not null default 1,
    submitted_by bigint,
    submitted_at timestamptz not null,
    reviewed_by bigint,
    reviewed_at timestamptz,
    reason text,
    feedback text,
    note text,
    reasons text[] not null default '{}',
    risk_flags_snapshot text[] not null default '{}',
    acknowledged_flags text[] not null default '{}',
    service_description text,
    technical_contact_email text,
    document_sha256 text,
    tos_version text,
    dpa_version text
);
create unique index promotion_requests_open on promotion_requests (application_id)
    where state in ('submitted', 'changes_requested');
create index promotion_requests_of_application on promotion_requests (application_id, id desc);
create index promotion_requests_queue on promotion_requests (state, submitted_at, id);

-- Certificates, sealed under the key of the settings; every revision is kept until its application is purged.
create table promotion_documents (
    request_id bigint not null references promotion_requests on delete cascade,
    revision integer not null,
    sha256 text not null,
    sealed bytea not null,
    primary key (request_id, revision)
);

-- A dangerous act of an administrator, announced by themselves a moment before: one use, five minutes.
create table action_requests (
    nonce_sha256 bytea primary key,
    admin_id bigint not null,
    action text not null,
    target text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index action_requests_by_expiry on action_requests (expires_at);

-- What people and chat tools are to be told: written with its cause, sent afterwards until it is gone.
create table notices (
    id bigint generated always as identity primary key,
    key uuid not null unique,
    channel text not null check (channel in ('mail', 'telegram', 'webhook')),
    sealed bytea,
    created_at timestamptz not null,
    next_try_at timestamptz not null,
    leased_until timestamptz,
    tries integer not null default 0,
    last_error text,
    sent_at timestamptz,
    failed_at timestamptz
);
create index notices_waiting on notices (next_try_at) where sent_at is null and failed_at is null;
create index notices_by_time on notices (created_at);
