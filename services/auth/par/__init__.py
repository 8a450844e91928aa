"""An application brings its authorization request itself, before it sends the browser (RFC 9126)."""
