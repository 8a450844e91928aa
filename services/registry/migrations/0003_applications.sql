alter table applications
    add column post_logout_redirect_uris text[] not null default '{}',
    add column backchannel_logout_uri text,
    add column widget_origins text[] not null default '{}',
    add column webhook_event_types text[] not null default '{}',
    add column webhook_legacy_signature boolean not null default true,
    add column webhook_asymmetric boolean not null default false,
    add column webhook_ordered boolean not null default false,
    add column require_pushed_authorization_requests boolean not null default false,
    add column allow_token_exchange boolean not null default false,
    add column allow_anonymous_grants boolean not null default false,
    add column health_check_enabled boolean not null default true,
    add column suspended_from text;

create index applications_in_trash on applications (organization_id, id desc) where deleted_at is not null;
create index applications_to_purge on applications (deleted_at) where deleted_at is not null;

-- What is left of a purged application: its client_id is never given again, and it counts for its developer's volume.
create table purged_applications (
    application_id bigint primary key,
    client_id text not null unique,
    registered_by bigint,
    created_at timestamptz not null,
    purged_at timestamptz not null
);
create index purged_applications_by_developer on purged_applications (registered_by, created_at);

-- Registrations that were refused count against the developer's limits as well.
create table refused_registrations (
    user_id bigint not null,
    refused_at timestamptz not null
);
create index refused_registrations_by_user on refused_registrations (user_id, refused_at);

-- The answer to a registration under its Idempotency-Key, sealed because it holds secrets; `reply` is null until it
-- is known.
create table idempotency_keys (
    user_id bigint not null,
    key text not null,
    fingerprint bytea not null,
    status integer,
    reply bytea,
    created_at timestamptz not null,
    primary key (user_id, key)
);
create index idempotency_keys_by_time on idempotency_keys (created_at);

-- Logos as they are served: re-encoded, found by the digest of these bytes.
create table logos (
    sha256 text primary key,
    image bytea not null,
    created_at timestamptz not null
);
