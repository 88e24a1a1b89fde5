"""Names to things: what a text in somebody's table stands for, and how sure that is."""
