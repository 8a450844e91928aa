-- Clients that registered themselves (RFC 7591), and the tokens by which an operator lets them.
create table dynamic_clients (
    application_id bigint primary key references applications on delete cascade,
    token_sha256 bytea not null unique,
    client_uri text,
    contacts text[] not null default '{}',
    software_id text,
    software_version text
);

create table initial_access_tokens (
    token_sha256 bytea primary key,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
