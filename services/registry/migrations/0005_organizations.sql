alter table memberships add column id bigint generated always as identity;
create unique index memberships_by_id on memberships (id);

alter table developer_organizations add column founded_by bigint;
update developer_organizations set founded_by = personal_of;
create index developer_organizations_by_founder on developer_organizations (founded_by);

create table invitations (
    id bigint generated always as identity primary key,
    organization_id bigint not null references developer_organizations on delete cascade,
    email text not null,
    role text not null check (role in ('owner', 'admin', 'developer')),
    state text not null default 'pending' check (state in ('pending', 'accepted', 'cancelled')),
    token_sha256 bytea not null unique,
    invited_by bigint not null,
    created_at timestamptz not null,
    sent_at timestamptz not null,
    expires_at timestamptz not null
);
create index invitations_of_organization on invitations (organization_id, id desc);
