"""What operators see: dashboards, alerts, and what the collector is told."""
