"""What goes wrong on demand, how often and for which request."""
