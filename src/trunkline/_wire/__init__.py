"""A call becomes a request, a response becomes a result or an error. Pure: no I/O, no clock."""
