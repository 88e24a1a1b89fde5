"""Cubes: what they are, how they are counted, checked, written and published."""
