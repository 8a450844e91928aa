-- The last check of each redirect URI and what it left standing (verifier.md A6).
create table redirect_uri_checks (
    application_id bigint not null,
    uri text not null,
    client_id text not null,
    -- The version of the record that was checked: only what registry says after it may remove the check.
    application_version bigint not null,
    status text not null check (status in ('verified', 'failed', 'stale')),
    method text check (method in ('dns', 'well_known')),
    reason text,
    verified_at timestamptz,
    last_checked_at timestamptz not null,
    perspectives jsonb not null,
    primary key (application_id, uri)
);

-- How soon the next attempt may be made, by what is limited: one URI, one application, one host.
create table attempt_limits (
    key text primary key,
    free_at timestamptz not null
);
create index attempt_limits_by_time on attempt_limits (free_at);
