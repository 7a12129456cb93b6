"""A comparison written as an entry of CHANGELOG.md, in users' words."""
