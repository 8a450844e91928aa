-- Devices ask for tokens; tokens are bound to keys, to what they were exchanged for, and to API resources.

create table device_codes (
    sha256 bytea primary key,
    -- Eight letters without the hyphen.
    user_code text not null unique,
    client_id text not null,
    scopes text[] not null,
    state text not null default 'pending' check (state in ('pending', 'approved', 'denied', 'consumed')),
    interval_seconds integer not null,
    polled_at timestamptz,
    user_id bigint,
    sub text,
    authenticated_at timestamptz,
    methods text[],
    created_at timestamptz not null,
    expires_at timestamptz not null,
    check (state in ('pending', 'denied') or user_id is not null)
) with (fillfactor = 80);
create index device_codes_expired on device_codes (expires_at);

-- Wrong user codes by whom and from where; `key` is `user:<id>` or `network:<address>`.
create table user_code_tries (
    key text primary key,
    began_at timestamptz not null,
    tries integer not null
);
create index user_code_tries_old on user_code_tries (began_at);

alter table token_families
    -- Thumbprint of the key that refresh tokens of a public client are bound to (RFC 9449 section 5).
    add column jkt text,
    -- What the family was exchanged for; it ends with that (RFC 8693).
    add column api_key_id bigint,
    add column parent_id bigint,
    -- Who acts for the person, if not the person.
    add column actor text,
    add column resources text[] not null default '{}';

alter table authorization_codes
    add column jkt text,
    add column resources text[] not null default '{}';

-- Proofs and client assertions that were used, until they would have expired (RFC 9449 section 11.1, RFC 7523 section 3).
create table spent_proofs (
    sha256 bytea primary key,
    expires_at timestamptz not null
);
create index spent_proofs_expired on spent_proofs (expires_at);

create table user_roles (
    user_id bigint not null references users (id) on delete cascade,
    role_id text not null references roles on delete cascade,
    primary key (user_id, role_id)
);
create index user_roles_of_role on user_roles (role_id);
