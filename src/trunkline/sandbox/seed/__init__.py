"""Made-up rows that fill the store, the same for the same seed."""
