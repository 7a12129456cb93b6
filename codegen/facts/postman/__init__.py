"""Postman collections and the metadata of their documentation pages into facts."""
