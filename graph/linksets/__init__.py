"""Sets of links from our things to those of others: made with a release, audited, looked up."""
