"""A spec kept by hand against a vendor document: findings and reports."""
