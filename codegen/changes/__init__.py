"""Two sets of facts into typed changes, with a level for callers and words for people."""
