"""The proof itself: a gate without network, a DNS record, then a file."""
