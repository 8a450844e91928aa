-- Sign-up and reset that tell a stranger nothing, devices that are known, and accounts that are put out.

-- What strangers ask about an address. Taken alike whether or not anybody has it, and worked on afterwards.
create table letterbox (
    id bigint generated always as identity primary key,
    key uuid not null unique,
    -- Sealed: it holds an address, and a password's hash.
    sealed bytea not null,
    created_at timestamptz not null,
    next_try_at timestamptz not null,
    tries integer not null default 0
);
create index letterbox_due on letterbox (next_try_at);

-- Where the person wanted to go when they signed up.
alter table email_verifications add column return_to text not null default '';
-- The address that the account gets by this link; null where the link proves the one it has.
alter table email_verifications add column new_email text;

create table password_resets (
    token_sha256 bytea primary key,
    user_id bigint not null references users (id) on delete cascade,
    email_key text not null,
    return_to text not null default '',
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index password_resets_by_user on password_resets (user_id, created_at desc);
create index password_resets_expired on password_resets (expires_at);

-- Browsers that have signed in before: strangers' tries do not count against them.
create table known_devices (
    sha256 bytea primary key,
    user_id bigint not null references users (id) on delete cascade,
    seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index known_devices_by_user on known_devices (user_id);
create index known_devices_expired on known_devices (expires_at);

-- Why families end is listed in tokens/families.py alone, so that a new reason needs no new constraint.
alter table token_families drop constraint if exists token_families_revoked_because_check;
