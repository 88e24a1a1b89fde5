"""The forms in which a cube is downloaded, and how the names of its files end."""

from __future__ import annotations

from dataclasses import dataclass

CSV, METADATA, PARQUET, NQUADS = ".csv", ".csv-metadata.json", ".parquet", ".nq.gz"
SOURCES = ".files.csv"  # only where figures are counted over several files


@dataclass(frozen=True)
class Form:
    """One form in which a dataset is downloaded, as DCAT-AP says it."""

    key: str
    suffix: str
    name: str
    media_type: str
    file_type: str
    about: str
    standard: str = ""  # a Recommendation of W3C
    gzipped: bool = False


FORMS = (
    Form(
        "csv",
        CSV,
        "CSV",
        "text/csv",
        "CSV",
        "One row per observation, with codes and labels; CSVW metadata stand beside it.",
        "tabular-metadata/",
    ),
    Form(
        "parquet",
        PARQUET,
        "Parquet",
        "application/vnd.apache.parquet",
        "PARQUET",
        "The same table with the types of its columns.",
    ),
    Form(
        "n-quads",
        NQUADS,
        "N-Quads",
        "application/n-quads",
        "RDF_N_QUADS",
        "The observations as linked data, with the structure and the slices of the cube.",
        "vocab-data-cube/",
        gzipped=True,
    ),
)
