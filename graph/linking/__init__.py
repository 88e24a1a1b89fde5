"""Links the rows of somebody else's table to the things of a release."""
