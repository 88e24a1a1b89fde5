"""Dataset catalogues: CKAN, departmental inventories and JSON lines."""
