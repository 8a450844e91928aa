-- Clients take their tokens back, and resources ask about theirs.

alter table token_families drop constraint token_families_revoked_because_check;
alter table token_families add constraint token_families_revoked_because_check check (revoked_because in (
    'code_replayed', 'refresh_reused', 'app_disconnected', 'client_deleted', 'client_request', 'signed_out',
    'grants_revoked'
)) not valid;

-- Which client serves an API resource: it may ask about tokens that were issued for it (RFC 7662 section 4).
create table resource_servers (
    resource_id text not null references api_resources on delete cascade,
    client_id text not null,
    primary key (resource_id, client_id)
);
