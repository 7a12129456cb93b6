"""What must not be shown: telephone numbers and identifiers in texts. A leaf."""
