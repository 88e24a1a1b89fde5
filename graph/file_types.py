"""File types by the codes of the EU list, and what can be done with each.

The lists are those that the checker of data.europa.eu has for its MQA (2026: 31 formats that nobody
owns, 20 that programs can read).
"""

from __future__ import annotations

# The codes of the EU list of file types, by what publishers write in their place.
CALLED = {
    "EXCEL": "XLS",
    "MS_EXCEL": "XLS",
    "VND.MS_EXCEL": "XLS",
    "VND.OPENXMLFORMATS_OFFICEDOCUMENT.SPREADSHEETML.SHEET": "XLSX",
    "VND.OASIS.OPENDOCUMENT.SPREADSHEET": "ODS",
    "TURTLE": "RDF_TURTLE",
    "TTL": "RDF_TURTLE",
    "N_TRIPLES": "RDF_N_TRIPLES",
    "N_QUADS": "RDF_N_QUADS",
    "TRIG": "RDF_TRIG",
    "RDF+XML": "RDF_XML",
    "RDF": "RDF_XML",
    "LD+JSON": "JSON_LD",
    "JSONLD": "JSON_LD",
    "GEO+JSON": "GEOJSON",
    "VND.APACHE.PARQUET": "PARQUET",
    "TAB_SEPARATED_VALUES": "TSV",
    "PLAIN": "TXT",
}


def each(codes: str) -> frozenset[str]:
    """The codes in a text."""
    return frozenset(codes.split())


LINKED = each("RDF_N_QUADS RDF_N_TRIPLES RDF_TRIG RDF_TURTLE RDF_XML JSON_LD RDFA")
NON_PROPRIETARY = LINKED - {"RDFA"} | each(
    """BMP CSV DBF ETSI_XML GEOJSON GPKG GZIP HTML ICS JPEG2000 JSON KML KMZ NETCDF ODS PNG RSS RTF
    TAR TIFF TSV TXT WMS_SRVC XML ZIP"""
)
MACHINE_READABLE = LINKED | each("CSV GEOJSON ICS JSON KML KMZ NETCDF ODS RSS SHP XLS XLSX XML")
# What five-star data calls structured: more than the MQA has, and open or not.
OPEN_TABLES = each("DBF GML GPKG PARQUET SDMX TSV YAML")
STRUCTURED = MACHINE_READABLE | OPEN_TABLES | each("MDB XLSB XLSM ODB")
OPEN_STRUCTURED = STRUCTURED & (NON_PROPRIETARY | OPEN_TABLES | LINKED | each("ODB"))
# What other files are packed in: it says nothing of these.
PACKED = each("ZIP GZIP TAR TAR_GZ TAR_XZ BZIP2 7Z RAR")


def code(text: str) -> str:
    """The code of a file type, however it is written.

    >>> code("http://publications.europa.eu/resource/authority/file-type/CSV"), code(".csv")
    ('CSV', 'CSV')
    >>> code("text/turtle")
    'RDF_TURTLE'
    >>> code("text/csv; charset=utf-8")
    'CSV'
    """
    last = text.partition(";")[0].rstrip().rstrip("/").replace("#", "/").rpartition("/")[2]
    plain = last.strip().lstrip(".").replace("-", "_").replace(" ", "_").upper()
    return CALLED.get(plain, plain)
