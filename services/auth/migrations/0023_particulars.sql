-- What people may let apps know beside their names; nothing of it is proved.

create table particulars (
    user_id bigint primary key references users (id) on delete cascade,
    -- E.164: a plus sign and 7 to 15 digits.
    phone_number text,
    address text,
    postal_code text,
    -- {namespace: {key: value}}, written by the operator; apps see one as the claim `namespace:key`.
    custom_claims jsonb not null default '{}'
);
