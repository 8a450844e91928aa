-- OAuth and OpenID Connect: the copy of clients, signing keys, requests under way, grants, tokens, API resources.

-- Registry's applications as they last were told. A deleted one stays as a tombstone, or an older event would revive it.
create table clients (
    client_id text primary key,
    application_id bigint not null,
    version bigint not null,
    record jsonb not null,
    -- Web origins of the redirect URIs, for CORS.
    origins text[] not null,
    deleted_at timestamptz
) with (fillfactor = 80);
create index clients_by_origin on clients using gin (origins) where deleted_at is null;

create table signing_keys (
    kid text primary key,
    purpose text not null check (purpose in ('own', 'resource')),
    algorithm text not null check (algorithm in ('RS256', 'ES256')),
    public_jwk jsonb not null,
    private_key bytea not null,
    created_at timestamptz not null,
    active_from timestamptz not null,
    removed_at timestamptz
);
comment on column signing_keys.private_key is 'PKCS 8, sealed by the vault under `signing_keys/<kid>`';
comment on column signing_keys.active_from is 'the latest one that has passed signs; a later one is only published';

create table authorization_requests (
    sha256 bytea primary key,
    client_id text not null,
    request jsonb not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index authorization_requests_expired on authorization_requests (expires_at);

-- What a person has allowed an application. `sub` is who they were to it when they first did, and never changes.
create table grants (
    user_id bigint not null,
    client_id text not null,
    sub text not null,
    scopes text[] not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (user_id, client_id)
);
create index grants_of_client on grants (client_id);

create table authorization_codes (
    sha256 bytea primary key,
    -- The family that the exchange will begin; a replay ends it.
    family_id bigint not null,
    client_id text not null,
    user_id bigint not null,
    sub text not null,
    redirect_uri text not null,
    scopes text[] not null,
    nonce text,
    code_challenge text not null,
    authenticated_at timestamptz not null,
    methods text[] not null,
    session_id bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    consumed_at timestamptz
);
create index authorization_codes_of_person on authorization_codes (user_id, client_id);
create index authorization_codes_expired on authorization_codes (expires_at);

-- All tokens that descend from one consent of one person: one revocation ends them all.
create table token_families (
    id bigint primary key,
    client_id text not null,
    user_id bigint not null,
    sub text not null,
    scopes text[] not null,
    authenticated_at timestamptz not null,
    methods text[] not null,
    session_id bytea,
    began_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_because text check (revoked_because in ('code_replayed', 'refresh_reused', 'app_disconnected', 'client_deleted'))
) with (fillfactor = 80);
create index token_families_of_person on token_families (user_id, client_id) where revoked_at is null;
create index token_families_of_client on token_families (client_id) where revoked_at is null;
create index token_families_expired on token_families (expires_at);
comment on column token_families.expires_at is 'when the last token of it has expired, so that the row may go';

create table refresh_tokens (
    sha256 bytea primary key,
    family_id bigint not null references token_families on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    rotated_at timestamptz
);
create index refresh_tokens_of_family on refresh_tokens (family_id);

-- Single access tokens taken back before their time.
create table revoked_tokens (
    jti uuid primary key,
    expires_at timestamptz not null
);
create index revoked_tokens_expired on revoked_tokens (expires_at);

create table api_resources (
    id text primary key,
    name text not null,
    indicator text not null unique,
    is_default boolean not null default false,
    access_token_ttl integer not null default 3600 check (access_token_ttl > 0),
    signing_alg text not null default 'ES256' check (signing_alg in ('ES256', 'RS256')),
    created_at timestamptz not null
);
comment on column api_resources.access_token_ttl is 'seconds';
create unique index api_resources_default on api_resources (is_default) where is_default;

create table api_scopes (
    id text primary key,
    resource_id text not null references api_resources on delete cascade,
    name text not null,
    description text,
    created_at timestamptz not null,
    unique (resource_id, name)
);

create table roles (
    id text primary key,
    name text not null unique,
    description text not null,
    type text not null check (type in ('User', 'MachineToMachine')),
    is_default boolean not null default false,
    created_at timestamptz not null
);

create table role_scopes (
    role_id text not null references roles on delete cascade,
    scope_id text not null references api_scopes on delete cascade,
    primary key (role_id, scope_id)
);
create index role_scopes_of_scope on role_scopes (scope_id);

create table application_roles (
    client_id text not null,
    role_id text not null references roles on delete cascade,
    primary key (client_id, role_id)
);
create index application_roles_of_role on application_roles (role_id);

-- Every token request of an authenticated client, kept by days (token/days.py).
create table token_log (
    at timestamptz not null,
    id uuid not null,
    grant_type text not null,
    client_id text not null,
    outcome text not null,
    jti uuid,
    sub text,
    resource text,
    scopes text[] not null,
    ip text not null,
    user_agent text not null,
    request_id text,
    error text
) partition by range (at);
create table token_log_default partition of token_log default;
create index token_log_of_client on token_log (client_id, at desc);
create index token_log_of_sub on token_log (sub, at desc) where sub is not null;
