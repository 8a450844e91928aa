-- Grows with each reported use of a redirect URI: what was shown of an app may be kept while version and uses stand.
alter table applications add column uses bigint not null default 0;
