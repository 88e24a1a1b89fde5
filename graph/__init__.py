"""The nouns: IRIs, terms, rows, sources, validation, releases; no publisher, no HTTP, no argv."""
