-- The older secret is rotated too: the one before stays readable for its owner until its time is over (delivery.md 9.4).
alter table webhook_secrets
    add column rotated_at timestamptz,
    add column previous_valid_until timestamptz;

-- Keys of the platform itself, whose public halves are published: `webhook` signs v1a, `set` signs security event tokens.
create table platform_keys (
    kid text primary key,
    purpose text not null check (purpose in ('webhook', 'set')),
    sealed_private bytea not null,
    public_jwk jsonb not null,
    created_at timestamptz not null,
    -- Published from the start, so that receivers have it before it signs.
    active_from timestamptz not null
);

-- Everything that an operator, an administrator or a developer did here; appended to, never changed.
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor text not null,
    via text not null,
    action text not null,
    client_id text,
    subject text not null,
    detail jsonb not null default '{}'
);
create index audit_of_client on audit (client_id, id);
create function audit_is_appended_to() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is appended to, never changed';
end
$$;
create trigger audit_is_kept before update or delete on audit for each row execute function audit_is_appended_to();
