"""When and how often requests are sent: attempts, retries, limits, paging."""
