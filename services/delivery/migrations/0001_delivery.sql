-- Where an application wants its events: what of registry's record delivery needs, newest version only.
create table endpoints (
    client_id text primary key,
    application_id bigint not null,
    version bigint not null,
    client_type text not null,
    webhook_url text,
    served boolean not null,
    deleted boolean not null default false,
    -- Which header form the four older events carry (delivery.md 9.4).
    older_events_form text not null default 'legacy' check (older_events_form in ('legacy', 'outbox')),
    -- Guards the order of the application's log: the last sequence and the last time on it.
    last_sequence bigint not null default 0,
    last_occurred_at timestamptz
);

create table signing_keys (
    kid text primary key,
    client_id text not null,
    status text not null check (status in ('signing', 'verify_only', 'revoked')),
    sealed_secret bytea not null,
    created_at timestamptz not null,
    not_after timestamptz,
    revoked_at timestamptz,
    revoke_reason text check (revoke_reason in ('rotation', 'admin', 'compromise', 'rotation_grace_expired'))
);
create unique index signing_keys_one_signing on signing_keys (client_id) where status = 'signing';
create index signing_keys_active on signing_keys (client_id) where status <> 'revoked';

create table webhook_secrets (
    client_id text primary key,
    sealed_secret bytea not null,
    created_at timestamptz not null
);

-- One writer at a time: its row lock makes sequences visible in their order, so no cursor ever skips one (delivery.md 7.3).
create table accepting (
    single boolean primary key default true check (single)
);
insert into accepting default values;

create table event_log (
    client_id text not null,
    sequence bigint not null,
    event_id text not null,
    event_type text not null,
    occurred_at timestamptz not null,
    -- The body that is pushed and polled, byte for byte; never jsonb, because it is signed.
    raw_payload bytea not null,
    accepted_at timestamptz not null,
    primary key (client_id, sequence)
);
create unique index event_log_once on event_log (client_id, event_id);

create table webhook_outbox (
    id bigint generated always as identity primary key,
    client_id text not null,
    event_id text not null,
    event_type text not null,
    occurred_at timestamptz not null,
    raw_payload bytea not null,
    form text not null check (form in ('legacy', 'outbox')),
    kid text,
    -- Computed once, when the row is inserted; the time of each attempt is outside the MAC.
    signature text,
    attempts integer not null default 0,
    next_retry_at timestamptz,
    enqueued_at timestamptz not null,
    locked_until timestamptz,
    locked_by text,
    delivered_at timestamptz,
    dlq_at timestamptz,
    skipped_at timestamptz,
    last_status integer,
    last_reason text,
    last_attempt_at timestamptz,
    traceparent text
);
create unique index webhook_outbox_once on webhook_outbox (client_id, event_id);
create index webhook_outbox_due on webhook_outbox (next_retry_at)
    where delivered_at is null and dlq_at is null and skipped_at is null;
create index webhook_outbox_dead on webhook_outbox (dlq_at) where dlq_at is not null and delivered_at is null;
