"""Writing what a vendor's document says into the spec that is kept by hand."""
