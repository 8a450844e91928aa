-- What every service keeps to announce its events and to hear those of others (ADR 3).

-- Announced, and waiting for a number: empty but for milliseconds, so its index stays small however long the log grows.
create table outbox (
    id bigint generated always as identity primary key,
    announced_at timestamptz not null default clock_timestamp(),
    tag text not null,
    payload bytea not null,
    traceparent text,
    request_id text
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Numbered without gaps: the log that listeners replay. retain.py makes and drops its days.
create table outbox_log (
    position bigint not null,
    numbered_at timestamptz not null,
    announced_at timestamptz not null,
    tag text not null,
    payload bytea not null,
    traceparent text,
    request_id text,
    primary key (position, numbered_at)
) partition by range (numbered_at);

-- Takes what no day takes, so a clock that jumps or a late retain.py stops nobody.
create table outbox_log_default partition of outbox_log default;

-- The end of the log. An epoch is a time in milliseconds, so a restored database can never repeat one.
create table outbox_head (
    single boolean primary key default true check (single),
    position bigint not null default 0,
    published bigint not null default 0,
    epoch bigint not null default (extract(epoch from clock_timestamp()) * 1000)::bigint,
    began bigint not null default 0
);
comment on column outbox_head.began is 'the last position of the epoch before';
insert into outbox_head default values;

-- Numbers what waits. One call is one transaction, so no lock outlives it, whatever becomes of the caller; it returns
-- the range and not the rows, because a caller that stops reading could hold up the commit.
create function outbox_number(
    most integer, sent bigint, out first bigint, out last bigint, out at timestamptz, out era bigint
) language plpgsql as $$
begin
    if not exists (select from outbox) then
        return;
    end if;
    -- A statement of its own: the next one sees what the relay before us has committed.
    select position + 1, clock_timestamp(), epoch into first, at, era from outbox_head for update;
    with taken as (
        delete from outbox where id = any (array(select id from outbox order by id limit most)) returning *
    ), kept as (
        insert into outbox_log (position, numbered_at, announced_at, tag, payload, traceparent, request_id)
        select first - 1 + row_number() over (order by id), at, announced_at, tag, payload, traceparent, request_id
        from taken
        returning position
    )
    select max(position) into last from kept;
    update outbox_head set position = coalesce(last, position), published = greatest(published, least(sent, position));
end
$$;

-- How far this service has followed each producer: the contiguous mark is the inbox.
create table marks (
    producer text primary key,
    origin text not null default '',
    mark bigint not null default 0,
    tries integer not null default 0,
    state text not null default 'following' check (state in ('following', 'rebuilding', 'stopped')),
    -- While rebuilding: where to go on afterwards, and how far the snapshot has come.
    resume_origin text not null default '',
    resume_mark bigint not null default 0,
    kind text not null default '',
    cursor text not null default ''
) with (fillfactor = 50);
comment on column marks.producer is 'service/shard';
comment on column marks.tries is 'how often position mark + 1 has failed';

-- What we held when a rebuild began and the owner has not named since.
create table rebuild_unseen (
    producer text not null,
    kind text not null,
    key text not null,
    primary key (producer, kind, key)
);

-- Events that could not be applied; a person looks at these.
create table parked (
    origin text not null,
    position bigint not null,
    tag text not null,
    payload bytea not null,
    traceparent text,
    request_id text,
    announced_at timestamptz not null,
    error text not null,
    parked_at timestamptz not null default clock_timestamp(),
    primary key (origin, position)
);
