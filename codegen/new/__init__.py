"""A further API: its spec, client and registry line from any document about it."""
