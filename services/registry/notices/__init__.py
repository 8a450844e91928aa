"""Chat tools hear what waits for the operator: Telegram, and any tool with an incoming webhook (registry.md 7)."""
