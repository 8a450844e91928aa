-- What the announcer changes.
create table things (
    number bigint primary key,
    text text not null
);
