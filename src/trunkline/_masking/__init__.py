"""What is hidden from people: numbers, secrets and personal data, control characters, endless texts."""
