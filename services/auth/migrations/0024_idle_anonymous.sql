-- Accounts of nobody, gone over from time to time for those that nothing has used for long (auth.md 6.2).
create index users_anonymous on users (id) where anonymous and deleted_at is null;
