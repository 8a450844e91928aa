"""From one event of a service to a row for each application that it concerns (delivery.md 5.1)."""
