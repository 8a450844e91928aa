"""A client gives its tokens back before their time (RFC 7009)."""
