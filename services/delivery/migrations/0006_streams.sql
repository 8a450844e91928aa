-- Shared Signals: streams read the same log as polling, each with a cursor and what was acknowledged beyond it.
create table ssf_streams (
    id text primary key,
    client_id text not null,
    method text not null check (method in ('push', 'poll')),
    endpoint_url text,
    sealed_authorization bytea,
    events_requested text[] not null,
    description text,
    status text not null default 'enabled' check (status in ('enabled', 'paused', 'disabled')),
    status_reason text,
    -- Everything up to here has been delivered, or is of no type that was asked for.
    cursor bigint not null,
    created_at timestamptz not null,
    held_by text,
    held_until timestamptz,
    failures integer not null default 0,
    next_try_at timestamptz not null,
    last_error text
);
create index ssf_streams_of_client on ssf_streams (client_id);

create table ssf_acks (
    stream_id text not null references ssf_streams on delete cascade,
    sequence bigint not null,
    primary key (stream_id, sequence)
);

-- Events about the stream itself, which stand on no log.
create table ssf_notes (
    jti text primary key,
    stream_id text not null references ssf_streams on delete cascade,
    events jsonb not null,
    created_at timestamptz not null
);
create index ssf_notes_of_stream on ssf_notes (stream_id, created_at);

create table ssf_excluded (
    stream_id text not null references ssf_streams on delete cascade,
    sub text not null,
    primary key (stream_id, sub)
);
