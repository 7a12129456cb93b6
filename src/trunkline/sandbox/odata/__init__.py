"""OData query text to SQLAlchemy expressions with bound parameters."""
