-- Since when a push stream has done nothing but fail: after five days it is paused, with its events kept for it.
alter table ssf_streams add column failing_since timestamptz;

-- Whom the end of an account was told to: they hear too if it comes back, and when it is gone for good.
create table closed_accounts (
    account text not null,
    client_id text not null,
    sub text not null,
    closed_at timestamptz not null,
    primary key (account, client_id, sub)
);
create index closed_accounts_old on closed_accounts (closed_at);
