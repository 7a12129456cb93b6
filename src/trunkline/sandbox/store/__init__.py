"""The rows of both vendors in an SQL database."""
