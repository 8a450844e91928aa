"""Delivery: tells relying parties what happened to their users, by signed webhooks and by cursor polling."""
