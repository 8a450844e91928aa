"""Anonymous first: an account that a device begins, the device's own key, and the day its person says who they are."""
