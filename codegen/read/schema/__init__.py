"""JSON Schema (and its OpenAPI dialects) into types, models and enums of `codegen.ir`."""
