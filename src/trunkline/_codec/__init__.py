"""Bytes to models and back; what differs from the spec is counted as drift."""
