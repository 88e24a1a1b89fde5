"""What must never go out stops a release of the Data Hub's figures, and is not repeated."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from pyoxigraph import Literal, Quad

from homegraph import loaders
from homegraph.graph.errors import ShapesViolated, SourceRejected
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.release import Release
from homegraph.graph.terms import SDMXM

LOADER = loaders.by_name("home_office_data_hub")


def planted(folder: Path, kind: str, column: str, value: str) -> Path:
    """The fixture with another value in one cell."""
    shutil.copytree(LOADER.folder / "fixture", folder)
    (path,) = folder.glob(f"*-{kind}.csv")
    with path.open(newline="", encoding="utf-8-sig") as stream:
        table = list(csv.reader(stream))
    table[1][table[0].index(column)] = value
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(table)
    return folder


@pytest.mark.parametrize(
    "kind, column, value",
    [
        ("agreement", "purpose", "Statistics; ask AB 12 34 56 C"),
        ("agreement", "name", "Extract on the victim Jane Whitfield"),
        ("agreement", "memorandum", "Of one born on 3 March 1985"),
        ("crime", "Offence class", "AB 12 34 56 C"),
        ("crime", "Recorded date", "03/03/1985"),
        ("person", "Ethnic origin", "Jane Whitfield"),
    ],
)
def test_a_plant_stops_the_release_and_is_not_repeated(
    make: Callable[..., Release], tmp_path: Path, kind: str, column: str, value: str
) -> None:
    folder = planted(tmp_path / "in", kind, column, value)
    register = loaders.by_name("information_asset_register").folder / "example"
    with pytest.raises((ShapesViolated, SourceRejected)) as caught:
        make(
            tmp_path / "home",
            home_office_data_hub=[folder],
            information_asset_register=[register],
        )
    said = [str(caught.value)]
    said += [
        path.read_text("utf-8")
        for path in (tmp_path / "home" / "rejected").rglob("*.*")
        if path.is_file()
    ]
    for piece in ("AB 12", "Whitfield", "1985"):
        assert not any(piece in text for text in said)
    assert not (tmp_path / "home" / "current").exists()


def test_a_cell_of_three_stops_the_release_and_is_not_told(
    make: Callable[..., Release], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = LOADER.module.load
    done: list[str] = []

    def careless(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
        for quad in load(files, names, reading):
            if quad.predicate == SDMXM.obsValue and quad.object.value != "0" and not done:
                done.append(str(quad.subject))
                three = Literal("3", datatype=quad.object.datatype)
                yield Quad(quad.subject, quad.predicate, three, quad.graph_name)
            else:
                yield quad

    monkeypatch.setattr(LOADER.module, "load", careless)
    register = loaders.by_name("information_asset_register").folder / "example"
    with pytest.raises(ShapesViolated, match="cube#small-count") as caught:
        make(
            tmp_path / "home",
            home_office_data_hub=[LOADER.example(tmp_path)],
            information_asset_register=[register],
        )
    assert done
    (report,) = (tmp_path / "home" / "rejected").rglob("report.json")
    (small,) = (
        rule
        for rule in json.loads(report.read_text("utf-8"))["rules"]
        if rule["rule"].endswith("#small-count")
    )
    assert {one["value"] for one in small["examples"]} == {""}
    assert (
        "3" not in str(caught.value).replace("https://w3id.org", "").split("small-count")[0][-80:]
    )
