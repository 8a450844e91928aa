-- The account that a person chose for a request, the token that another was exchanged for, and refusals by request.

-- Of which session the account was chosen (prompt=select_account); any other one is asked again.
alter table authorization_requests add column chosen bytea;

-- The access token that was exchanged; a family ends with it (RFC 8693).
alter table token_families add column parent_jti uuid;

create index token_log_refused on token_log (request_id) where outcome = 'refused';
