"""The push queue as people see it: listed, looked into, sent again (delivery.md 5.3 and 10)."""
