-- Requests that an application pushed (RFC 9126), codes without PKCE, claims asked for by name, scope drift.

create table pushed_requests (
    sha256 bytea primary key,
    client_id text not null,
    -- The parameters as they came, in their order.
    params jsonb not null,
    expires_at timestamptz not null
);
create index pushed_requests_expired on pushed_requests (expires_at);

alter table authorization_codes alter column code_challenge drop not null;
alter table authorization_codes add column claims text[] not null default '{}';
comment on column authorization_codes.claims is 'claims of the granted scopes that stand in the ID token as well (OIDC Core 5.5)';

-- The scopes outside its allowed ones that an application asked for last.
create table scope_drifts (
    client_id text primary key,
    scopes text[] not null,
    last_at timestamptz not null
);
create index scope_drifts_recent on scope_drifts (last_at);
