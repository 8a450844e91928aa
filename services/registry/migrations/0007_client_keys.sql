-- Public keys of clients that authenticate by private_key_jwt, or where they are to be had.
alter table applications add column jwks jsonb, add column jwks_uri text;
