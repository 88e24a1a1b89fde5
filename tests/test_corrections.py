"""What people decided that texts stand for: remembered, sealed with releases, and winning."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from homegraph import loaders
from homegraph.graph.errors import CorrectionsRejected
from homegraph.graph.iri import concept
from homegraph.graph.matching import corrections, published
from homegraph.graph.matching.corrections import COLUMNS, CORRECTIONS, Correction, Corrections
from homegraph.graph.matching.matcher import Matcher, Question
from homegraph.graph.release import Release, releases

Make = Callable[..., Release]
EXAMPLE = loaders.by_name("street_crime").folder / "example" / "2024-01-btp-street.csv"
MORE = EXAMPLE.with_name("2024-02-btp-street.csv")
BTP = concept("police-force", "btp").value
GWENT = concept("police-force", "gwent").value
RAIL = Correction("Rail Police", "police-force", iri=BTP, on="2026-11-22")


def test_a_correction_is_found_however_the_text_is_written() -> None:
    known = Corrections([RAIL])
    assert known.of("  RAIL   police ", ["police-force"]) == RAIL
    assert known.of("Rail", ["police-force"]) is None


def test_a_correction_holds_for_the_kinds_that_were_asked_or_fewer() -> None:
    area = Correction("Bristol", "area", iri="urn:bristol")
    known = Corrections([area])
    assert known.of("Bristol", ["district"]) == area
    assert known.of("Bristol", ["district", "csp"]) == area
    assert known.of("Bristol", ["district", "police-force"]) is None
    assert known.of("Bristol") is None  # it was never asked what it is among all things
    anything = Corrections([replace(area, kinds="")])
    assert anything.of("Bristol") is not None
    assert anything.of("Bristol", ["police-force"]) is not None


def test_a_correction_that_names_a_context_wins_over_one_without() -> None:
    plain = Correction("Newport", "district", iri="urn:newport")
    there = replace(plain, parent="Isle of Wight", iri="urn:isle")
    for some in ([plain, there], [there, plain]):
        known = Corrections(some)
        assert known.of("Newport", ["district"], {"parent": "ISLE OF WIGHT"}) == there
        assert known.of("Newport", ["district"], {"parent": "Wales"}) == plain
        assert known.of("Newport", ["district"], {}) == plain


def test_a_later_correction_for_the_same_question_wins(tmp_path: Path) -> None:
    assert corrections.add(tmp_path, [RAIL]) == (1, 0, 0)
    other = replace(RAIL, text="rail  police", iri="", on="2026-11-23")
    assert corrections.add(tmp_path, [other]) == (0, 1, 0)
    assert corrections.read(tmp_path) == [other]


def test_adding_the_same_again_changes_nothing(tmp_path: Path) -> None:
    corrections.add(tmp_path, [RAIL, replace(RAIL, text="Railway Cops", source='=1+1,\n"x"')])
    before = (tmp_path / CORRECTIONS).read_bytes()
    assert corrections.add(tmp_path, [replace(RAIL, on="2027-01-01", by="somebody")]) == (0, 0, 1)
    assert (tmp_path / CORRECTIONS).read_bytes() == before
    assert [one.text for one in corrections.read(tmp_path)] == ["Rail Police", "Railway Cops"]


def test_of_several_who_add_at_once_none_loses_anything(tmp_path: Path) -> None:
    texts = [f"force {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: corrections.add(tmp_path, [replace(RAIL, text=text)]), texts))
    assert sorted(one.text for one in corrections.read(tmp_path)) == sorted(texts)


def test_no_file_is_no_corrections(tmp_path: Path) -> None:
    assert corrections.read(tmp_path) == []
    assert len(Corrections(corrections.read(tmp_path))) == 0


def rows(*some: str) -> str:
    return "\n".join([",".join(COLUMNS), *some]) + "\n"


GOOD = f"Rail Police,police-force,,,,{BTP},,,,,2026-11-22"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text,iri\nRail,urn:x\n", "row 1"),
        (rows("a,b"), "row 2: it has 2 cells, not 11"),
        (rows(GOOD, ",police-force,,,,,,,,,"), "row 3: column 'text'"),
        (rows("Rail,polis-force,,,,,,,,,"), "column 'kinds' holds 'polis-force'"),
        (rows("Rail,,,,,no address,,,,,"), "column 'iri' holds 'no address'"),
        (rows("Rail,,,,,,,1.5,,,"), "column 'score' holds '1.5'"),
        (rows("Rail,,,,,,,,,,22/11/2026"), "column 'on' holds '22/11/2026'"),
        (rows('"Rail,,,,,,,,,,'), "it is not CSV"),
    ],
)
def test_a_malformed_file_is_an_error_with_row_column_and_value(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / CORRECTIONS).write_text(text, "utf-8")
    with pytest.raises(CorrectionsRejected) as caught:
        corrections.read(tmp_path)
    assert said in str(caught.value)
    assert CORRECTIONS in str(caught.value)
    with pytest.raises(CorrectionsRejected):
        corrections.add(tmp_path, [RAIL])
    assert (tmp_path / CORRECTIONS).read_text("utf-8") == text


def test_a_file_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / CORRECTIONS).write_bytes(rows("Heddl\u00fb,,,,,,,,,,").encode("latin-1"))
    with pytest.raises(CorrectionsRejected, match="UTF-8"):
        corrections.read(tmp_path)


def test_a_correction_is_sealed_with_the_next_release_and_kept_in_those_after_it(
    make: Make, tmp_path: Path
) -> None:
    first = make(tmp_path, street_crime=[EXAMPLE])
    assert not (first.path / CORRECTIONS).exists()
    question = Question("Rail Cops of Old", ("police-force",))
    corrections.add(tmp_path, [replace(RAIL, text="Rail cops of old", iri=GWENT)])
    second = make(tmp_path, street_crime=[EXAMPLE])
    third = make(tmp_path, street_crime=[EXAMPLE, MORE])
    assert second.name != first.name
    assert second.manifest["files"][CORRECTIONS]["sha256"]
    second.verify()
    for one in (second, third):
        assert [known.iri for known in corrections.read(one.path)] == [GWENT]
        answer = Matcher.read(one.path).ask([question])[0][0]
        assert (answer.iri, answer.score, answer.match) == (GWENT, 1.0, True)
        assert answer.features["corrected"] == 1.0
        accuracy = published.read(one.path)
        assert accuracy is not None
        forces = accuracy.of("police-force")
        assert forces is not None
        assert forces.corrections.given == 1
    # Nothing new makes no new release.
    assert make(tmp_path, street_crime=[EXAMPLE, MORE]).name == third.name
    # Another decision is told by another release.
    corrections.add(tmp_path, [replace(RAIL, text="Rail cops of old", iri="")])
    last = make(tmp_path, street_crime=[EXAMPLE])
    assert last.name not in {first.name, second.name, third.name}
    assert not any(one.match for one in Matcher.read(last.path).ask([question])[0])


def test_a_build_with_malformed_corrections_releases_nothing(make: Make, tmp_path: Path) -> None:
    (tmp_path / CORRECTIONS).write_text(rows("Rail,,,,,no address,,,,,"), "utf-8")
    with pytest.raises(CorrectionsRejected, match="row 2"):
        make(tmp_path, street_crime=[EXAMPLE])
    assert releases(tmp_path) == []
    assert not list(tmp_path.glob(".building-*"))
