"""`pytester` runs a pytest inside these tests."""

pytest_plugins = ["pytester"]
