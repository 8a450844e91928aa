"""The whole platform on one machine, from wheels alone: `python -m deploy.local run`."""
