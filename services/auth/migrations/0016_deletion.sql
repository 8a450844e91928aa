-- Accounts that are to go: a grace in which they can come back, and then their end. Grants that events can name.

alter table users add column purge_at timestamptz;
comment on column users.purge_at is 'end of the grace of an account that its owner deleted; none for rows kept for other reasons';
create index users_to_purge on users (purge_at) where purge_at is not null;
create index users_in_grace on users (email_key) where purge_at is not null;

-- Somebody showed who they are at the door of an account in its grace, and is asked whether to keep it.
create table account_returns (
    sha256 bytea primary key,
    user_id bigint not null references users (id) on delete cascade,
    expires_at timestamptz not null
);
create index account_returns_expired on account_returns (expires_at);
create index account_returns_of_person on account_returns (user_id);

alter table grants add column id bigint generated always as identity;
create unique index grants_by_id on grants (id);

-- Which reasons there are is for tokens/families.py to say.
alter table token_families drop constraint if exists token_families_revoked_because_check;

create index login_logs_trashed on login_logs (deleted_at) where deleted_at is not null;
