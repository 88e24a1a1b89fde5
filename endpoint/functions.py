"""The functions beyond SPARQL that the engine has; the tests ask each of them."""

from __future__ import annotations

from pyoxigraph import NamedNode

from homegraph.graph.terms import GEOF

NAMES = """
    area asGeoJSON centroid convexHull coordinateDimension difference dimension distance
    ehContains ehCoveredBy ehCovers ehDisjoint ehEquals ehInside ehMeet ehOverlap envelope
    getSRID intersection isEmpty isSimple length perimeter rcc8dc rcc8ec rcc8eq rcc8ntpp
    rcc8ntppi rcc8po rcc8tpp rcc8tppi relate sfContains sfCrosses sfDisjoint sfEquals
    sfIntersects sfOverlaps sfTouches sfWithin spatialDimension symDifference union
"""
FUNCTIONS = [NamedNode(GEOF.iri + name) for name in NAMES.split()]
