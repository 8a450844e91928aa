-- What is due is found receiver by receiver; an index over all of them only misled the planner.
drop index webhook_outbox_due;
