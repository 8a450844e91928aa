-- Proofs are looked at again with time (verifier.md A6). Columns of an earlier release's rows are filled as it writes
-- none of them: a proof that it renews keeps its next re-check.
alter table redirect_uri_checks
    add column host text,
    -- The first failed re-check since the last proof.
    add column failing_since timestamptz,
    add column stale_since timestamptz,
    -- None where no proof stands that could lapse.
    add column next_check_at timestamptz,
    -- Whoever re-checks it holds it until then.
    add column leased_until timestamptz;
update redirect_uri_checks
set host = lower(split_part(split_part(uri, '/', 3), ':', 1)), next_check_at = last_checked_at + interval '30 days'
where status = 'verified';
create index redirect_uri_checks_due on redirect_uri_checks (next_check_at) where next_check_at is not null;
create index redirect_uri_checks_held on redirect_uri_checks (host) where leased_until is not null;

-- Who did what to which application, written in the transaction of the deed.
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    -- `user:42`; `schedule` where nobody asked for it.
    actor text not null,
    -- session, pak, access_token, registry or schedule.
    via text not null,
    action text not null,
    application_id bigint not null,
    -- The redirect URI or host it was about.
    subject text not null,
    outcome text not null
);
create index audit_of_application on audit (application_id, id desc);
create index audit_by_time on audit (at);
