-- The head of the chain: every entry takes its number and its predecessor's hash here, under this row's lock.
create table audit_head (
    one boolean primary key default true check (one),
    id bigint not null,
    previous bytea not null,
    hash bytea not null
) with (fillfactor = 10);
insert into audit_head (id, previous, hash) values (0, '', sha256('logi registry audit'));

-- `body` is what was hashed, as text because these very bytes count; the columns repeat of it what is searched for.
create table audit_log (
    id bigint primary key,
    occurred_at timestamptz not null,
    actor_type text not null check (actor_type in ('user', 'pak', 'admin', 'system')),
    actor_id bigint,
    organization_id bigint,
    action text not null,
    target_type text not null,
    target_id text,
    body text,
    prev_hash bytea not null,
    hash bytea not null
);
create index audit_log_of_organization on audit_log (organization_id, id desc) where organization_id is not null;
create index audit_log_of_actor on audit_log (actor_id, id desc) where actor_id is not null;
create index audit_log_of_target on audit_log (target_type, target_id, id desc);
create index audit_log_by_action on audit_log (action, id desc);
create index audit_log_by_time on audit_log (occurred_at);

-- Append-only: the one change allowed is that an entry older than seven years forgets its body and keeps its link.
create function audit_log_is_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.body is null and old.occurred_at < now() - interval '7 years'
        and old.action not like '%.created'
        and (new.id, new.occurred_at, new.action, new.prev_hash, new.hash)
            = (old.id, old.occurred_at, old.action, old.prev_hash, old.hash) then
        return new;
    end if;
    raise exception 'the audit log is append-only';
end
$$;
create trigger audit_log_append_only before update or delete on audit_log
    for each row execute function audit_log_is_append_only();
create trigger audit_log_no_truncate before truncate on audit_log
    for each statement execute function audit_log_is_append_only();
