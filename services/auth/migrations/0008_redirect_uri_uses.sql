-- When the use of a redirect URI was last reported to registry, which shows it to the developer.
create table redirect_uri_uses (
    client_id text not null,
    uri text not null,
    reported_at timestamptz not null,
    primary key (client_id, uri)
);
