-- Dead letters are few among many, and test sends are counted by the hour.
create index webhook_outbox_dead_by_id on webhook_outbox (id) where dlq_at is not null and delivered_at is null;
create index webhook_outbox_tests on webhook_outbox (client_id, enqueued_at) where event_type = 'webhook.test';
