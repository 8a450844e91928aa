-- Accounts and what proves who somebody is. High-entropy secrets stand here as SHA-256 only.

create table users (
    id bigint generated always as identity primary key,
    email text,
    -- The address folded as accounts/addresses.py does; two spellings of one address are one account.
    email_key text,
    password_hash text,
    role text not null check (role in ('user', 'developer', 'admin')),
    identity_verified_level smallint not null default 0 check (identity_verified_level between 0 and 3),
    created_via text not null check (created_via in ('web', 'cli', 'mcp', 'api', 'rake')),
    language text not null default 'en',
    version bigint not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    suspended_at timestamptz,
    deleted_at timestamptz,
    check ((email is null) = (email_key is null))
);
create unique index users_living_email on users (email_key) where deleted_at is null;

create table email_verifications (
    token_sha256 bytea primary key,
    user_id bigint not null references users (id) on delete cascade,
    email_key text not null,
    -- A repeated sign-up of an unverified address brings its own password, which counts once its own link is used.
    password_hash text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index email_verifications_by_user on email_verifications (user_id, created_at desc);
create index email_verifications_expired on email_verifications (expires_at);

create table sessions (
    id bytea primary key,
    user_id bigint not null references users (id) on delete cascade,
    csrf_token text not null,
    authenticated_at timestamptz not null,
    methods text[] not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    ip text not null,
    user_agent text not null
);
create index sessions_by_user on sessions (user_id, last_seen_at desc);
create index sessions_expired on sessions (expires_at);

create table api_keys (
    id bigint generated always as identity primary key,
    user_id bigint not null references users (id) on delete cascade,
    name text not null,
    sha256 bytea not null unique,
    last4 text not null,
    scopes text[] not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index api_keys_by_user on api_keys (user_id, id desc);
create index api_keys_over on api_keys (least(revoked_at, expires_at));

-- Failed sign-ins count per account and network, so that a stranger cannot lock out the owner.
create table sign_in_tries (
    account bytea not null,
    network text not null,
    began_at timestamptz not null,
    tries integer not null,
    primary key (account, network)
);
create index sign_in_tries_old on sign_in_tries (began_at);

create table login_logs (
    id bigint generated always as identity primary key,
    user_id bigint references users (id) on delete set null,
    at timestamptz not null,
    outcome text not null check (outcome in ('signed_in', 'wrong_password', 'too_many_tries', 'inactive')),
    method text not null,
    ip text not null,
    user_agent text not null,
    deleted_at timestamptz
);
create index login_logs_by_user on login_logs (user_id, at desc);
create index login_logs_old on login_logs (at);

create table mail_outbox (
    id bigint generated always as identity primary key,
    -- Names the message in its Message-ID, so that a repeat after a crash is recognisable.
    key uuid not null unique,
    kind text not null,
    recipient text not null,
    language text not null,
    -- What the words need, links included, sealed; forgotten once sent.
    sealed bytea,
    created_at timestamptz not null,
    next_try_at timestamptz not null,
    tries integer not null default 0,
    leased_until timestamptz,
    sent_at timestamptz,
    failed_at timestamptz,
    last_error text
);
create index mail_outbox_due on mail_outbox (next_try_at) where sent_at is null and failed_at is null;
create index mail_outbox_by_recipient on mail_outbox (recipient, created_at desc);
create index mail_outbox_old on mail_outbox (created_at);

-- Grows in the transaction of each revocation; its row lock makes the numbers visible in their order.
create table revocations (
    single boolean primary key default true check (single),
    sequence bigint not null
);
insert into revocations (sequence) values (0);
