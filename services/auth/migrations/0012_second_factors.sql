-- Second factors and what a session has shown of them; sign-ins that wait for their second factor.

alter table sessions
    add column passkey_at timestamptz,
    add column otp_at timestamptz,
    add column confirmed_at timestamptz;
comment on column sessions.passkey_at is 'when a passkey was last shown in this session';
comment on column sessions.otp_at is 'when a one-time or backup code was last shown in this session';
comment on column sessions.confirmed_at is 'when the person last showed once more who they are, in whatever way';

create table totp_seeds (
    user_id bigint primary key references users (id) on delete cascade,
    sealed bytea not null,
    created_at timestamptz not null,
    confirmed_at timestamptz,
    last_step bigint not null default 0,
    last_used_at timestamptz
);
comment on column totp_seeds.sealed is 'the seed, sealed by the vault under `totp/<user_id>`';
comment on column totp_seeds.confirmed_at is 'null until a first code was right; before it the seed guards nothing';
comment on column totp_seeds.last_step is 'the latest time step whose code was taken (RFC 6238 section 5.2)';

-- 80 random bits each, so their SHA-256 is enough.
create table backup_codes (
    user_id bigint not null references users (id) on delete cascade,
    sha256 bytea not null,
    created_at timestamptz not null,
    used_at timestamptz,
    primary key (user_id, sha256)
);

-- Codes that went by mail to people who have neither password nor second factor.
create table mailed_codes (
    user_id bigint primary key references users (id) on delete cascade,
    sha256 bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    tries integer not null default 0
);
create index mailed_codes_expired on mailed_codes (expires_at);

-- Wrong second factors of an account, in a window.
create table factor_tries (
    user_id bigint primary key references users (id) on delete cascade,
    began_at timestamptz not null,
    tries integer not null
);
create index factor_tries_old on factor_tries (began_at);

-- Who has shown a first factor and still owes the second; the browser holds the secret in a cookie.
create table half_sign_ins (
    sha256 bytea primary key,
    user_id bigint not null references users (id) on delete cascade,
    methods text[] not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index half_sign_ins_expired on half_sign_ins (expires_at);
create index half_sign_ins_of_person on half_sign_ins (user_id);

-- Which outcomes there are is for accounts/log.py to say.
alter table login_logs drop constraint if exists login_logs_outcome_check;
