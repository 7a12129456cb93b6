"""Redoc pages into facts: copied text, and saved elements."""
