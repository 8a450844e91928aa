-- Passkeys (WebAuthn level 3), and the challenges that browsers are to answer.

create table passkeys (
    id bigint generated always as identity primary key,
    user_id bigint not null references users (id) on delete cascade,
    credential_id bytea not null unique,
    public_key bytea not null,
    sign_count bigint not null,
    name text not null,
    transports text[] not null,
    synced boolean not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    regressed_at timestamptz
);
create index passkeys_of_person on passkeys (user_id, id);
comment on column passkeys.public_key is 'COSE_Key, as the authenticator gave it';
comment on column passkeys.synced is 'backup state: whether its provider keeps copies';
comment on column passkeys.regressed_at is 'when the signature counter last went back, as that of a copy would';

create table passkey_challenges (
    sha256 bytea primary key,
    -- What the challenge was given for and to which browser; an answer for anything else does not count.
    bound_to bytea not null,
    expires_at timestamptz not null
);
create index passkey_challenges_expired on passkey_challenges (expires_at);
