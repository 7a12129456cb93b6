"""Requests over aiohttp: through its session, or directly on its connection pool."""
