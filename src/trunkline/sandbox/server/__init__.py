"""The aiohttp application, its admin routes, and starting and stopping it."""
