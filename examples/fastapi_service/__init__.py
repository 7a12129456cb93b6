"""A FastAPI service on both vendors, and its tests."""
