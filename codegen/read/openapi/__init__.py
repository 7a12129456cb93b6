"""Swagger 2.0 and OpenAPI 3.x into `codegen.ir`."""
