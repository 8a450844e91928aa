-- Signing out at the wish of an application, and telling the others.

-- Who signs in again in the same browser stays in the same session for the applications that know it by this name.
alter table sessions add column sid bytea;
comment on column sessions.sid is 'the name that applications know the session by; the id where it is null';

create index token_families_of_session on token_families (session_id) where session_id is not null;

-- What an application asked for, kept while the person is asked.
create table logout_requests (
    sha256 bytea primary key,
    request jsonb not null,
    expires_at timestamptz not null
);
create index logout_requests_expired on logout_requests (expires_at);

create table logout_outbox (
    id bigint generated always as identity primary key,
    -- The jti of the logout token: a repeat after a crash is recognisable.
    key uuid not null unique,
    client_id text not null,
    sub text not null,
    sid bytea,
    created_at timestamptz not null,
    next_try_at timestamptz not null,
    tries integer not null default 0,
    leased_until timestamptz,
    sent_at timestamptz,
    failed_at timestamptz,
    last_error text
);
comment on column logout_outbox.sid is 'none means every session of this person at this application';
create index logout_outbox_due on logout_outbox (next_try_at) where sent_at is null and failed_at is null;
create index logout_outbox_old on logout_outbox (created_at);
