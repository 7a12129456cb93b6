"""Files of a document: bytes to values with their places, and the references between them."""
