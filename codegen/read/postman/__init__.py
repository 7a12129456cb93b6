"""Postman collections v2.0 and v2.1 into `codegen.ir`."""
