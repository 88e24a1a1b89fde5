"""Queries that count: read, planned, counted in the columns of a release, and handed over."""
