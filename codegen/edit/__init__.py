"""Changes into edits of a spec: what a document states is written, what needs a person is listed."""
