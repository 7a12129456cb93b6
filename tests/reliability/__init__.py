"""The runtime under faults, kills, noise and hostile input."""
