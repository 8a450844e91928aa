-- What people call themselves, and who changed what an account may do.

alter table users add column preferred_name text;
alter table users add column full_name text;

-- Of every change of a role, a level or a standing; stays when the account is gone, without its number.
create table account_audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    user_id bigint references users (id) on delete set null,
    -- `operator`, `self`, or the client_id of the application that reported.
    actor text not null,
    action text not null,
    detail jsonb not null
);
create index account_audit_by_user on account_audit (user_id, at desc);
create index account_audit_by_time on account_audit (at);
