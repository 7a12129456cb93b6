"""All steps after a vendor's change in one command: drift, import, build, diff, changelog, tests, summary."""
