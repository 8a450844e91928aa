-- When the administrators were last written to about an application's scope drift.
alter table scope_drifts add column noticed_at timestamptz;
