-- Sign-in at other providers: how they are spoken to, whose identities are linked, and journeys under way.

create table connectors (
    -- What `provider` and an app's login methods call it: google, apple, kakao, github, or a name of the operator's.
    key text primary key check (key ~ '^[a-z][a-z0-9-]{0,31}$'),
    preset text not null,
    name text not null,
    client_id text not null,
    -- The client secret, or Apple's private key; sealed under `connector/<key>`.
    sealed bytea not null,
    -- What differs from the preset.
    settings jsonb not null,
    enabled boolean not null default true,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table upstream_identities (
    id bigint generated always as identity primary key,
    user_id bigint not null references users (id) on delete cascade,
    connector text not null,
    -- Who it is at the provider: stable, and never an address.
    subject text not null,
    -- As the provider told it last; to recognise the identity by, nothing is decided on it.
    email text,
    linked_at timestamptz not null,
    last_used_at timestamptz not null,
    unique (connector, subject),
    -- A second account at the same provider is refused, never exchanged for the first (auth.md 2.6).
    unique (user_id, connector)
);

create table upstream_states (
    sha256 bytea primary key,
    connector text not null,
    -- SHA-256 of what only the browser holds that set out.
    browser bytea not null,
    return_to text not null,
    -- Whose account the identity is to be linked to; null where somebody signs in.
    user_id bigint references users (id) on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index upstream_states_expired on upstream_states (expires_at);
create index upstream_states_by_user on upstream_states (user_id);
