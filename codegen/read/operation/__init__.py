"""What operations of OpenAPI and of Postman have in common: names, words of the spec, paging, reach."""
