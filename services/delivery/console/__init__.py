"""The card of an app's webhooks in the console: where they go, how they went, and the buttons that mend it."""
