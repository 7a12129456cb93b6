"""A judge of requests and responses that shares nothing with the generator's reader."""
