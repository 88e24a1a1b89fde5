"""Datasets to download, and what their pages say to people."""
