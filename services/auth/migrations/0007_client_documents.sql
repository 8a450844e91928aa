-- Applications that describe themselves at the address which is their client_id. Their records stand in `clients`
-- under application_id 0, which registry gives to nobody.

create table client_documents (
    client_id text primary key,
    -- When it was last read well; none if it never was.
    read_at timestamptz,
    -- Until then nobody asks again, whether it was read or not.
    asked_until timestamptz not null
);
create index client_documents_old on client_documents (asked_until);
