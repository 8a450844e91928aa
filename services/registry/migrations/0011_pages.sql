-- A page of one organisation is read by an index that nothing else can stand in for: while one organisation had most of
-- the rows, the planner read all of them by their ids to find the few of another.
drop index applications_of_organization;
create index applications_of_organization on applications (organization_id, (-id)) where deleted_at is null;
drop index applications_in_trash;
create index applications_in_trash on applications (organization_id, (-id)) where deleted_at is not null;
