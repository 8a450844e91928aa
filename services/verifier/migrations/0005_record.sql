-- Whether the check is on is the record's to say alone. Rows that said otherwise take the record as it comes next;
-- `recorded_enabled` is written by nobody any more and goes with a later release.
update rp_health set application_version = 0 where enabled <> recorded_enabled;
