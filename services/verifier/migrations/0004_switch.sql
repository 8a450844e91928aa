-- What the application's record last said of the check, so that only a change of it switches anything.
alter table rp_health add column recorded_enabled boolean not null default true;
