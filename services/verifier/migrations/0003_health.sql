-- How each relying party is (verifier.md B5), and what of its record a probe must know.
create table rp_health (
    application_id bigint primary key,
    client_id text not null,
    application_version bigint not null,
    -- Its redirect URIs in the order of registration.
    uris text[] not null,
    chosen_host text,
    enabled boolean not null,
    state text not null check (state in ('disabled', 'pending', 'green', 'yellow', 'red', 'not_checkable')),
    reason text,
    since timestamptz not null,
    last_checked_at timestamptz,
    last_ok_at timestamptz,
    latency_ms integer,
    drift_s integer,
    -- Red checks without another one between.
    red_checks integer not null default 0,
    -- Whether its owners were told that it is down and not yet that it has recovered.
    alarmed boolean not null default false,
    told_at timestamptz,
    -- The name that a probe calls; one probe at a time for each.
    host text,
    next_probe_at timestamptz,
    leased_until timestamptz,
    -- A tombstone, so that late news does not bring it back.
    deleted boolean not null default false
);
create index rp_health_due on rp_health (next_probe_at) where next_probe_at is not null;
create index rp_health_held on rp_health (host) where leased_until is not null;

-- Sealed under rp_health/<application_id>. The previous one is tried until its time is over.
create table rp_health_secrets (
    application_id bigint primary key,
    current bytea not null,
    previous bytea,
    previous_until timestamptz,
    made_at timestamptz not null
);

-- One row for each completed check, kept for 30 days.
create table rp_health_results (
    application_id bigint not null,
    at timestamptz not null,
    state text not null,
    reason text not null,
    latency_ms integer,
    drift_s integer,
    primary key (application_id, at)
);
create index rp_health_results_by_time on rp_health_results (at);
