"""A vendor's change followed in one command: drift, import, build, diff, changelog, tests, one summary."""
