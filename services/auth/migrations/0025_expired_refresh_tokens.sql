-- A family lives as long as it is refreshed, for years perhaps; its retired tokens go when their own time has come.
create index refresh_tokens_expired on refresh_tokens (expires_at);
