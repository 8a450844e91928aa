-- Two accounts of one person become one: who absorbed whom, and the proofs that both were the person's.

alter table users add column merged_into bigint references users (id) on delete cascade;
-- Every path that asks whether an account may be used asks for its suspension, so an absorbed one is suspended for good.
alter table users add constraint users_absorbed_are_suspended check (merged_into is null or suspended_at is not null);
create index users_merged_into on users (merged_into) where merged_into is not null;

create table identity_links (
    id bigint generated always as identity primary key,
    primary_user_id bigint not null references users (id) on delete cascade,
    -- No reference: an account that a swap folded in is gone.
    linked_user_id bigint not null unique,
    merged_via text not null check (
        merged_via in ('t1_device_link', 't2_email_match', 't3_otp', 'session_token', 'anonymous_swap')
    ),
    idempotency_key text not null unique,
    source_event_id text not null unique,
    occurred_at timestamptz not null,
    check (primary_user_id <> linked_user_id)
);
comment on column identity_links.primary_user_id is 'the survivor';
comment on column identity_links.linked_user_id is 'the account that was absorbed';
create index identity_links_of_primary on identity_links (primary_user_id);

-- Links form a forest of depth one. Both ends are locked in ascending order first, so that of two transactions whose
-- links would make a chain together the second one sees the first one's.
create function identity_links_stay_a_forest() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        raise exception 'a link is never changed' using errcode = 'integrity_constraint_violation';
    end if;
    perform from users where id in (new.primary_user_id, new.linked_user_id) order by id for update;
    if exists (select from identity_links where linked_user_id = new.primary_user_id)
        or exists (select from users where id = new.primary_user_id and merged_into is not null)
    then
        raise exception 'account % was absorbed itself', new.primary_user_id
            using errcode = 'integrity_constraint_violation', constraint = 'identity_links_forest';
    end if;
    if exists (select from identity_links where primary_user_id = new.linked_user_id) then
        raise exception 'account % has absorbed others', new.linked_user_id
            using errcode = 'integrity_constraint_violation', constraint = 'identity_links_forest';
    end if;
    if exists (
        select from users where id = new.linked_user_id and merged_into is distinct from new.primary_user_id
    ) then
        raise exception 'account % is not marked as absorbed', new.linked_user_id
            using errcode = 'integrity_constraint_violation', constraint = 'identity_links_forest';
    end if;
    return new;
end
$$;
create trigger identity_links_forest before insert or update on identity_links
    for each row execute function identity_links_stay_a_forest();

create table merge_tokens (
    id bigint generated always as identity primary key,
    sha256 bytea not null unique,
    user_id bigint not null references users (id) on delete cascade,
    idempotency_key text,
    -- What the token is derived with, so that a repeat with the same key can be given it again.
    salt bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    consumed_at timestamptz
);
create index merge_tokens_by_user on merge_tokens (user_id, idempotency_key);
create index merge_tokens_expired on merge_tokens (expires_at);

create table merge_codes (
    id bigint generated always as identity primary key,
    requester_id bigint not null references users (id) on delete cascade,
    -- None where nobody has the address: asking costs the same and is answered the same.
    target_id bigint references users (id) on delete cascade,
    code_digest bytea,
    tries integer not null default 0,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    consumed_at timestamptz
);
create index merge_codes_of_pair on merge_codes (requester_id, target_id, id desc);
create index merge_codes_of_target on merge_codes (target_id);
create index merge_codes_expired on merge_codes (expires_at);

-- How often codes were asked for: `requester:<id>`, and `address:<digest>`.
create table merge_code_asks (
    key text primary key,
    began_at timestamptz not null,
    asks integer not null
);
create index merge_code_asks_old on merge_code_asks (began_at);

-- Every merge and swap, tried or done; it outlives the accounts.
create table merge_log (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    outcome text not null,
    merged_via text not null,
    requester_id bigint references users (id) on delete set null,
    other_id bigint references users (id) on delete set null,
    credential text not null,
    ip text not null,
    user_agent text not null,
    request_id text
);
create index merge_log_of_requester on merge_log (requester_id);
create index merge_log_of_other on merge_log (other_id);
create index merge_log_old on merge_log (at);
