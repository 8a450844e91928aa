-- What the score was when the request was handed in: the queue can be read by it.
alter table promotion_requests
    add column score integer not null default 0,
    add column signals jsonb not null default '[]';
create index promotion_requests_by_score on promotion_requests (state, score desc, id);
create index applications_approved on applications (id) where tier = 'production' and deleted_at is null;
