"""Other servers that a query may call with SERVICE: those that a deployment lists."""
