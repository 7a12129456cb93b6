"""What trunkline costs beside other ways to make the same requests: `python -m bench --help`."""
