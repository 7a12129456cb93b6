"""Two specs compared as callers of the generated client see them: rules, levels, version step.

`codegen.diff.command.compare` is the entry point; `codegen.diff.rules` holds every rule.
"""
