"""How the endpoint is run: one thin front that listens, workers that answer and can be stopped."""
