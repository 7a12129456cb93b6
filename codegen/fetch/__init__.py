"""Downloading what a vendor publishes: its page, its OpenAPI file, or its whole Postman collection."""
