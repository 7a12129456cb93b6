"""Where settings come from: the environment and the keyword arguments of clients."""
