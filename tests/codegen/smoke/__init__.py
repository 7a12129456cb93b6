"""Playing a document's own server, and calling every operation of the package generated for it."""
