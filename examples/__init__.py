"""Short programs around the clients; each is run by a test beside it."""
