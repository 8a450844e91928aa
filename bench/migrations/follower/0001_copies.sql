-- The follower's copy; `times` would tell of an event that had its effect twice.
create table copies (
    number bigint primary key,
    text text not null,
    times integer not null default 1
);
