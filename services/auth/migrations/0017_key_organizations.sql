-- A personal API key may stand for its person in one organisation of developers, where a request names none.
alter table api_keys add column organization text;
comment on column api_keys.organization is 'slug of registry''s; the personal organisation where it is null';
