-- Which events an application wants pushed, in which form and order (delivery.md 2, 4.5 and 5.1).
alter table endpoints
    add column event_types text[] not null default '{}',
    add column signs_asymmetric boolean not null default false,
    add column ordered boolean not null default false,
    -- Nothing is pushed though there is a URL: it answered 410, or did nothing but fail for five days.
    add column disabled_at timestamptz,
    add column disabled_reason text check (disabled_reason in ('gone', 'failing'));

-- The end of each application's log, written by the one that accepts events and by nobody else.
create table logs (
    client_id text primary key,
    last_sequence bigint not null,
    last_occurred_at timestamptz not null
) with (fillfactor = 50);
insert into logs (client_id, last_sequence, last_occurred_at)
    select client_id, last_sequence, last_occurred_at from endpoints where last_occurred_at is not null;
delete from endpoints where application_id = 0;
alter table endpoints drop column last_sequence, drop column last_occurred_at;

-- One worker at a time sends to a receiver, so that its four requests are four over all processes; a lane also knows
-- how its receiver has been lately.
create table lanes (
    client_id text primary key,
    held_by text,
    held_until timestamptz,
    -- Failures in a row that say the receiver is down; from the fifth on nothing is sent before open_until.
    failures integer not null default 0,
    open_until timestamptz,
    -- Since when nothing has succeeded.
    failing_since timestamptz,
    last_success_at timestamptz,
    -- When its developer was last told that rows die.
    told_at timestamptz
) with (fillfactor = 50);
insert into lanes (client_id) select client_id from endpoints
    union select client_id from webhook_outbox;

alter table webhook_outbox
    -- For an application that asked for order: whose event it is.
    add column subject text;
alter table webhook_outbox set (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000
);
create index webhook_outbox_waiting on webhook_outbox (client_id, next_retry_at, id)
    where delivered_at is null and dlq_at is null and skipped_at is null;
create index webhook_outbox_ordered on webhook_outbox (client_id, subject, id)
    where subject is not null and delivered_at is null and dlq_at is null and skipped_at is null;
create index webhook_outbox_of_client on webhook_outbox (client_id, id);
create index webhook_outbox_old on webhook_outbox using brin (enqueued_at);
create index event_log_old on event_log using brin (occurred_at);

-- Every attempt, as its developer may see it (delivery.md 10).
create table webhook_attempts (
    outbox_id bigint not null,
    attempt integer not null,
    client_id text not null,
    started_at timestamptz not null,
    duration_ms integer not null,
    resolved_ip text,
    status text not null check (status in ('delivered', 'retrying', 'dead', 'skipped')),
    http_status integer,
    reason text,
    next_retry_at timestamptz,
    request_headers bytea not null,
    response_excerpt text,
    primary key (outbox_id, attempt, started_at)
);
create index webhook_attempts_old on webhook_attempts using brin (started_at);
