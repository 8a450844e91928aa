-- Sign-ins that somebody approves with another device (auth.md 2.4, 2.5).

create table qr_sessions (
    id uuid primary key,
    -- SHA-256 of what only the browser holds that shows the picture.
    browser bytea not null,
    return_to text not null,
    -- The application that waits, and what it wants; null where somebody signs in for the console.
    client_id text,
    scopes text[] not null,
    -- Two digits that both screens show, so that nobody approves a browser that they do not see.
    number smallint not null check (number between 10 and 99),
    ip text not null,
    user_agent text not null,
    state text not null check (state in ('pending', 'scanned', 'approved', 'denied', 'consumed')),
    -- Who scanned it; nobody else can approve it then.
    user_id bigint references users (id) on delete cascade,
    -- How that person had signed in on the other device (RFC 8176).
    methods text[] not null default '{}',
    created_at timestamptz not null,
    expires_at timestamptz not null,
    check (state = 'pending' or user_id is not null)
);
create index qr_sessions_expired on qr_sessions (expires_at);
create index qr_sessions_of_person on qr_sessions (user_id);
