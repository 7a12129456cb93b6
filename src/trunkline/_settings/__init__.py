"""Where a client's settings come from: arguments, environment variables, the file trunkline.toml."""
