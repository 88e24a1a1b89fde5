"""A SHACL engine: SHACL Core and sh:sparql, on small graphs, on stores, and on streams.

W3C Recommendation "Shapes Constraint Language" of 20 July 2017. `reading` turns shapes into
objects, `validation` runs them on a graph or a store, `stream` on statements as they go by.
"""
