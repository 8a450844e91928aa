-- Resources whose scopes every confidential client has for itself, without a role: what it reaches there is its own.
alter table api_resources add column open_to_clients boolean not null default false;
