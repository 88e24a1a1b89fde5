"""The index of a release's names as a file answers as the one in memory does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from pyoxigraph import Store

from homegraph.endpoint.reconcile.service import Service
from homegraph.endpoint.world import World
from homegraph.graph.concepts import vocabulary
from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.iri import DEMO_BASE, Names
from homegraph.graph.matching import corrections, index, kept, labelled, lexicon, names, published
from homegraph.graph.matching.corrections import Correction
from homegraph.graph.matching.kept import INDEX, KeptShelf
from homegraph.graph.matching.matcher import Matcher, Question
from homegraph.graph.matching.names import Name, names_of
from homegraph.graph.matching.published import ACCURACY
from homegraph.graph.raw import digest
from homegraph.graph.release import MANIFEST, Release, current

ODD = ["", " ", "\x00", "\ud800", "𝕏", "é" * 600, "£", "ŷ", "a", "zzz", "2", "-", "E12", "H&F"]


@pytest.fixture(scope="module")
def known() -> list[Name]:
    """All that our vocabulary names, and some areas: of codes, of older names, and of none."""
    store = Store()
    store.extend(vocabulary(Names()))
    areas = "http://statistics.data.gov.uk/id/statistical-geography/"
    found = []
    for number in range(200):
        iri, name = (
            f"{areas}E0100{number:04}",
            f"Bristol {number // 10:03}{'ABCDEFGHIJ'[number % 10]}",
        )
        found += [
            Name(iri, "lsoa", name, "label", "", "Bristol, City of", "2011 2021"),
            Name(
                iri, "lsoa", f"Bristol {number:03}Z", "former", "", "Bristol, City of", "2011 2021"
            ),
            Name(iri, "lsoa", iri[-9:], "code", "", "Bristol, City of", "2011 2021"),
        ]
    found.append(Name(f"{areas}W92000004", "country", "Cymru ŷ", "label", "cy"))
    return sorted([*names_of(store), *found], key=lambda one: (one.iri, one.kind, one.text))


@pytest.fixture(scope="module")
def folder(known: list[Name], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The names and their index, as a release has them."""
    folder = tmp_path_factory.mktemp("kept")
    names.write(folder, known)
    Matcher.of_names(known).keep(folder)
    return folder


@pytest.fixture(scope="module")
def questions(known: list[Name]) -> list[Question]:
    """The labelled pairs, some of our own names, and oddities; of some kinds and of all."""
    pairs = [one for name in labelled.lists() for one in labelled.pairs(name)][::10]
    asked = [Question(one.text, tuple(one.kinds.split()), one.context) for one in pairs]
    asked += [Question(one.text, (), limit=9) for one in known[::20]]
    asked += [Question(text, kinds) for text in ODD for kinds in ((), ("lsoa",), ("offence",))]
    return asked


def test_the_index_answers_as_the_one_in_memory(
    folder: Path, known: list[Name], questions: list[Question]
) -> None:
    there, here = Matcher.read(folder), Matcher.of_names(known)
    assert isinstance(there.shelf("lsoa"), KeptShelf)
    assert not isinstance(here.shelf("lsoa"), KeptShelf)
    assert there.kinds == here.kinds
    for question, one, other in zip(
        questions, there.ask(questions), here.ask(questions), strict=True
    ):
        assert one == other, question
    for start in ("b", "bri", "bristol 01", "e0100", "theft", "shop", "stop and", "ŷ", "", "zzz"):
        for kinds in ((), ("lsoa",), ("police-force", "offence")):
            assert there.suggest(start, kinds, 30) == here.suggest(start, kinds, 30), start
    for one in {name.iri for name in known}:
        assert there.known(one) == here.known(one) is not None
    assert there.known("http://example.org/none") is here.known("http://example.org/none") is None


def test_the_index_holds_what_the_one_in_memory_holds(folder: Path, known: list[Name]) -> None:
    there, here = Matcher.read(folder), Matcher.of_names(known)
    for kind in here.kinds:
        one, other = there.shelf(kind), here.shelf(kind)
        assert list(one.things) == list(other.things)
        assert list(one.rows) == list(other.rows)
        assert (one.rarity, one.vintages) == (other.rarity, other.vintages)
        for name in ("exact", "cores", "first_letters", "codes", "by_less"):
            mine, theirs = getattr(one, name), getattr(other, name)
            assert dict(mine) == {text: places for text, places in theirs.items() if places}, name
            assert "no such text" not in mine and mine.get("no such text") is None
        assert (one.told is None) is (other.told is None) is (kind not in lexicon.DESCRIBED)
        if one.told and other.told:
            assert list(one.told.places) == list(other.told.places)
            assert [said for said, _ in one.told.respects] == [
                said for said, _ in other.told.respects
            ]
            assert [
                {name: set(values) for name, values in beside.items()}
                for _, beside in one.told.respects
            ] == [beside for _, beside in other.told.respects]
            assert one.told.none.tolist() == other.told.none.tolist()
            assert one.told.found.keys() == other.told.found.keys()
            for token, cells in other.told.found.items():
                mine = one.told.found[token]
                assert [part.tolist() for part in mine] == [part.tolist() for part in cells]
                assert [part.dtype for part in mine] == [part.dtype for part in cells]
            assert "no such word" not in one.told.found
        # What is kept in memory only would be missed here.
        assert vars(one).keys() - vars(other).keys() <= {"_arrays", "_core", "_exact", "_hows",
                                                         "_iris", "_plain"}  # fmt: skip
        lazy = {"_by_iri", "_in_order", "_short", "by_less"}
        assert vars(other).keys() - lazy <= vars(one).keys()


def test_the_same_names_make_the_same_index(
    folder: Path, known: list[Name], tmp_path: Path
) -> None:
    names.write(tmp_path, known)
    Matcher.of_names(known).keep(tmp_path)
    assert (tmp_path / INDEX).read_bytes() == (folder / INDEX).read_bytes()


def copied(folder: Path, there: Path) -> Path:
    for name in (INDEX, names.NAMES):
        (there / name).write_bytes((folder / name).read_bytes())
    return there


def test_an_index_of_other_rules_or_names_is_left_alone(
    folder: Path, known: list[Name], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(folder, tmp_path)
    with monkeypatch.context() as later:
        later.setattr(kept, "rules", lambda: b"of a later version")
        assert kept.read(tmp_path) is None
        assert Matcher.read(tmp_path).ask([Question("Met")])[0][0].label.startswith("Metropolitan")
    names.write(tmp_path, known[:-1])
    assert kept.read(tmp_path) is None
    (tmp_path / INDEX).unlink()
    assert kept.read(tmp_path) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda said: b"",
        lambda said: said[:100],
        lambda said: said[: len(said) // 2],
        lambda said: b"\xff" * 64 + said[64:],
        lambda said: said.replace(b'"arrays"', b'"errays"'),
    ],
)
def test_an_index_that_is_broken_is_named(
    folder: Path, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    path = copied(folder, tmp_path) / INDEX
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ReleaseTampered, match=INDEX):
        Matcher.read(tmp_path)


def test_a_release_is_built_with_its_index(demo_home: Path) -> None:
    release = current(demo_home)
    assert INDEX in release.manifest["files"]
    matcher = Matcher.read(release.path)
    assert all(isinstance(matcher.shelf(kind), KeptShelf) for kind in matcher.kinds)
    assert matcher.ask([Question("Avon & Somerset Police")])[0][0].label.startswith("Avon")


def test_what_follows_from_the_same_names_and_corrections_is_taken_over(tmp_path: Path) -> None:
    numbers = count()

    def sealed(said: list[Name], *corrected: Correction, after: Release | None = None) -> Release:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        if corrected:
            corrections.write(folder, corrected)
        published.seal(folder, said, corrected, after)
        files = {path.name: {"sha256": digest(path)} for path in folder.iterdir()}
        (folder / MANIFEST).write_text(json.dumps({"files": files}))
        return Release(folder)

    def is_same(name: str, one: Release, other: Release) -> bool:
        return (one.path / name).samefile(other.path / name)

    kent, essex = (
        Name(f"urn:{name}", "police-force", f"{name} Police", "label") for name in ("Kent", "Essex")
    )
    first = sealed([kent, essex])
    second = sealed([kent, essex], after=first)
    assert is_same(INDEX, first, second) and is_same(ACCURACY, first, second)
    assert not is_same(INDEX, first, sealed([kent], after=first))
    corrected = sealed([kent, essex], Correction("Maidstone", iri=kent.iri), after=first)
    assert published.read(corrected.path).of(published.ALL).corrections.given == 1
    (second.path / ACCURACY).unlink()
    mended = sealed([kent, essex], after=second)
    assert not is_same(INDEX, first, mended)
    for name in (INDEX, ACCURACY):
        assert (mended.path / name).read_bytes() == (first.path / name).read_bytes()


def test_all_rules_of_the_index_are_in_its_stamp() -> None:
    """Whoever changes how texts are cut or compared makes another index."""
    here = Path(index.__file__).parent
    assert all(list(here.glob(name)) for name in kept.RULES)


def test_what_the_first_question_would_wait_for_is_made_before(folder: Path) -> None:
    matcher = Matcher.read(folder)
    matcher.warm_up()
    described = [matcher.shelf(kind) for kind in matcher.kinds if kind in lexicon.DESCRIBED]
    assert described
    assert all("vocabulary" in vars(shelf) for shelf in described)


def test_nobody_waits_for_an_index_that_would_be_made_in_memory(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(folder, tmp_path)
    service = Service(replace(World(Store(), DEMO_BASE, ""), folder=tmp_path))
    with monkeypatch.context() as later:
        later.setattr(kept, "rules", lambda: b"of a later version")
        service.warm_up()
        assert "matcher" not in vars(service)
    service.warm_up()
    assert "matcher" in vars(service)
