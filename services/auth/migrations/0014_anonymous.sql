-- Accounts that a device begins before its person says who they are, what the device proves itself with, and keys that
-- are bound to it.

alter table users
    add column anonymous boolean not null default false,
    add column promoted_at timestamptz;
comment on column users.anonymous is 'begun by a device: no proven address, no provider, a synthetic address';
comment on column users.promoted_at is 'when an anonymous account became somebody''s: tokens say previously_anonymous';

create table device_credentials (
    id bigint generated always as identity primary key,
    user_id bigint not null references users (id) on delete cascade,
    device_uuid uuid not null,
    platform text not null check (platform in ('ios', 'macos')),
    name text,
    secret_sha256 bytea not null,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    -- A device is one account's at a time; it never says whose account somebody may enter.
    unique (device_uuid, platform)
);
create index device_credentials_by_user on device_credentials (user_id);

alter table api_keys
    add column device_id bigint references device_credentials (id) on delete cascade,
    add column client_id text;
comment on column api_keys.device_id is 'the device that the key (logi_pak_…) is bound to; null for a personal one';
comment on column api_keys.client_id is 'the application whose access token was exchanged for it';
create unique index api_keys_of_device on api_keys (device_id) where device_id is not null and revoked_at is null;

-- Every application that a person ever let in, and who they were to it: a merge is told to all of them.
create table acquaintances (
    user_id bigint not null,
    client_id text not null,
    sub text not null,
    since timestamptz not null,
    primary key (user_id, client_id, sub)
);
insert into acquaintances (user_id, client_id, sub, since)
select user_id, client_id, sub, created_at from grants;
