-- A session on its way to the console's own host (auth.md 2.6): half a minute, for one browser, one at a time.
create table hand_offs (
    session_id bytea primary key references sessions (id) on delete cascade on update cascade,
    sha256 bytea not null unique,
    browser bytea not null,
    return_to text not null,
    expires_at timestamptz not null
);
create index hand_offs_expired on hand_offs (expires_at);
