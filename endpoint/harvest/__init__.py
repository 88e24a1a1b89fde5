"""The catalogue as harvesters of all kinds want it, and what has changed in it."""
