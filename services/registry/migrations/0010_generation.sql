-- How often an application came back from the trash: nothing that was issued before comes back with it.
alter table applications add column generation integer not null default 0;
