"""From hand-kept specs to attrs models and typed endpoint methods: read, intermediate form, render."""

__version__ = "0.1.0"
