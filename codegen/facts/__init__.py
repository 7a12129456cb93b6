"""Any document about an API into one set of facts: pages, downloads, collections, our specs, observed drift.

`codegen.facts.reading.read_facts(path, file)` reads a file of any kind; `read_spec(path)` one of ours, with
the overlay beside it. `codegen.changes.compare.compare(old, new)` gives the changes.
"""
