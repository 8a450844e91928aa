-- Developers as auth announces them; the row is also the lock under which one developer's registrations take turns.
create table developers (
    user_id bigint primary key,
    email text,
    version bigint not null default 0,
    created_at timestamptz
);

create table developer_organizations (
    id bigint generated always as identity primary key,
    slug text not null unique,
    name text not null,
    personal_of bigint unique,
    created_at timestamptz not null
);

create table memberships (
    organization_id bigint not null references developer_organizations on delete cascade,
    user_id bigint not null,
    role text not null check (role in ('owner', 'admin', 'developer')),
    joined_at timestamptz not null,
    primary key (organization_id, user_id)
);
create index memberships_by_user on memberships (user_id);

create table applications (
    id bigint generated always as identity primary key,
    client_id text not null unique,
    version bigint not null default 1,
    organization_id bigint references developer_organizations,
    registered_by bigint,
    name text not null,
    client_type text not null check (client_type in ('confidential', 'public')),
    token_endpoint_auth_method text not null,
    grant_types text[] not null,
    allowed_scopes text[] not null,
    status text not null check (status in ('sandbox', 'pending', 'approved', 'changes_requested', 'rejected', 'suspended')),
    environment text not null default 'test' check (environment in ('test', 'live')),
    tier text not null default 'free' check (tier in ('free', 'production')),
    created_via text not null check (created_via in ('web', 'cli', 'mcp', 'api', 'rake')),
    creation_risk_flags jsonb not null,
    app_link_url text,
    webhook_url text,
    logo_url text,
    allowed_login_methods text[] not null default '{}',
    scope_drift_policy text not null default 'block' check (scope_drift_policy in ('block', 'log_only', 'alert')),
    require_pkce boolean not null default true,
    first_party boolean not null default false,
    secret_sha256 text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    -- A public client has no secret, and PKCE is never off for it.
    check (client_type = 'confidential' or (secret_sha256 is null and require_pkce))
);
create unique index applications_name_within_organization on applications (organization_id, lower(name)) where deleted_at is null;
create index applications_of_organization on applications (organization_id, id desc) where deleted_at is null;
create index applications_by_developer on applications (registered_by, created_at);

create table redirect_uris (
    application_id bigint not null references applications on delete cascade,
    uri text not null,
    position integer not null,
    uri_class text not null check (uri_class in ('dev_local', 'dev_internet', 'production')),
    state text not null default 'active' check (state in ('active', 'pending_review')),
    verification jsonb not null,
    last_used_at timestamptz,
    primary key (application_id, uri)
);
