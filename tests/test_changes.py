"""What changed in the catalogue is told on from release to release, and by nothing but records."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from homegraph import loaders
from homegraph.graph.changes import CHANGES, PAGE, Change, Changes, Described, News, compared
from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.release import Release

Make = Callable[..., Release]
FIRST = datetime(2026, 1, 1, 10, tzinfo=UTC)


def later(days: int) -> datetime:
    return FIRST + timedelta(days=days)


def said(**digests: str) -> list[Described]:
    """Datasets with digests of their records."""
    return [Described(name, digest, name.upper(), "somebody") for name, digest in digests.items()]


def dates(changes: Changes) -> dict[str, tuple[str, str, bool]]:
    """When each came and changed last, and whether it is gone."""
    return {
        iri: (one.created[:10], one.changed[:10], one.is_gone) for iri, one in changes.last.items()
    }


def test_at_first_everything_is_new() -> None:
    found = compared(said(a="1", b="2"), Changes(), FIRST)
    assert dates(found) == {
        "a": ("2026-01-01", "2026-01-01", False),
        "b": ("2026-01-01", "2026-01-01", False),
    }
    assert all(one.is_new for one in found.last.values())
    assert found.newest == FIRST


def test_only_what_differs_has_changed() -> None:
    first = compared(said(a="1", b="2", c="3"), Changes(), FIRST)
    second = compared(said(a="1", b="5", d="4"), first, later(1))
    assert dates(second) == {
        "a": ("2026-01-01", "2026-01-01", False),
        "b": ("2026-01-01", "2026-01-02", False),
        "c": ("2026-01-01", "2026-01-02", True),
        "d": ("2026-01-02", "2026-01-02", False),
    }
    assert [one.iri for one in second.in_order] == ["a", "b", "c", "d"]
    assert second.last["c"].title == "C"  # so that its going can be told in words
    assert not second.last["b"].is_new


def test_nothing_differs_after_the_same_again() -> None:
    first = compared(said(a="1", b="2"), Changes(), FIRST)
    gone = compared(said(a="1"), first, later(1))
    assert compared(said(a="1", b="2"), first, later(9)) == first
    assert compared(said(a="1"), gone, later(9)) == gone


def test_what_comes_back_is_new() -> None:
    first = compared(said(a="1"), Changes(), FIRST)
    gone = compared([], first, later(1))
    back = compared(said(a="1"), gone, later(2))
    assert dates(back) == {"a": ("2026-01-03", "2026-01-03", False)}
    assert back.last["a"].is_new


def test_changes_are_later_than_all_before_whatever_the_clock_says() -> None:
    first = compared(said(a="1"), Changes(), FIRST)
    second = compared(said(a="2"), first, FIRST - timedelta(days=9))
    assert second.last["a"].at == FIRST + timedelta(seconds=1)
    third = compared(said(a="3"), second, FIRST + timedelta(milliseconds=1500))
    assert third.last["a"].at == FIRST + timedelta(seconds=2)


def test_the_same_news_are_told_at_whatever_time() -> None:
    first = compared(said(a="1", b="2"), Changes(), FIRST)
    news = News(said(a="1", b="3"), first)
    assert news.is_told_by(news.told_at(later(3)))
    assert not news.is_told_by(first)
    assert not News(said(a="1", b="2"), news.told_at(later(3))).is_told_by(first)
    assert News([], Changes()).is_told_by(Changes())


def test_the_order_of_the_datasets_decides_nothing() -> None:
    some = said(**{f"d{n}": str(n) for n in range(30)})
    assert compared(some, Changes(), FIRST) == compared(some[::-1], Changes(), FIRST)


def test_a_change_stays_on_its_page_and_only_the_last_page_gets_others() -> None:
    names = [f"d{number:04}" for number in range(2 * PAGE + 10)]
    first = compared(said(**dict.fromkeys(names, "1")), Changes(), FIRST)
    sizes = [sum(one.page == page for one in first.last.values()) for page in (1, 2, 3)]
    assert sizes == [PAGE, PAGE, 10]
    second = compared(said(**dict.fromkeys(names, "1") | {"d0007": "2"}), first, later(1))
    moved = {
        iri: (first.last[iri].page, one.page)
        for iri, one in second.last.items()
        if first.last[iri] != one
    }
    assert moved == {"d0007": (1, 3)}


def test_they_are_read_as_they_were_written(tmp_path: Path) -> None:
    odd = [Described('http://example.org/"q"\\é', "1", 'A "title"\n\u2028', "http://example.org/p")]
    changes = compared([*odd, *said(b="2")], compared(said(c="3"), Changes(), FIRST), later(1))
    changes.save(tmp_path)
    assert Changes.read(tmp_path) == changes
    assert Changes.read(tmp_path / "elsewhere") == Changes()
    empty = tmp_path / "empty"
    empty.mkdir()
    Changes().save(empty)
    assert Changes.read(empty) == Changes()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"count": 1, "datasets": {"a": {"x": 1}}}'])
def test_a_file_that_is_none_of_ours_is_noticed(tmp_path: Path, content: str) -> None:
    (tmp_path / CHANGES).write_text(content, "utf-8")
    with pytest.raises(ReleaseTampered):
        Changes.read(tmp_path)


# Releases as they are built: of a catalogue with a file for each dataset


EXAMPLE = loaders.by_name("dataset_catalogue").folder / "example"
PACKAGE = json.loads((EXAMPLE / "package_show-disruption-of-organised-crime.json").read_text())


def package(folder: Path, name: str, title: str) -> Path:
    """The file of one dataset."""
    identity = {"id": str(uuid5(NAMESPACE_URL, name)), "name": name, "title": title}
    folder.mkdir(exist_ok=True)
    path = folder / f"package_show-{name}.json"
    path.write_text(json.dumps(PACKAGE | {"result": PACKAGE["result"] | identity}), "utf-8")
    return path


def built(make: Make, home: Path, *files: Path, **more: Any) -> Release:
    return make(home, dataset_catalogue=list(files), **more)


def told(release: Release) -> dict[str, Change]:
    """The changes of a release, by the titles that datasets have, or had."""
    assert CHANGES in release.manifest["files"]
    return {one.title: one for one in Changes.read(release.path).last.values()}


def rewritten(release: Release, **said: Any) -> None:
    """Change what a release says of itself."""
    manifest = json.loads((release.path / "manifest.json").read_text("utf-8")) | said
    (release.path / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def test_a_release_tells_what_changed_since_the_one_before(make: Make, tmp_path: Path) -> None:
    files = {name: package(tmp_path / "in", name, name) for name in ("kept", "revised", "gone")}
    first = told(built(make, tmp_path / "home", *files.values()))
    assert {"kept", "revised", "gone"} < set(first)
    assert all(one.is_new for one in first.values())
    assert first["kept"].publisher.endswith("/home-office")

    package(tmp_path / "in", "revised", "revision")
    new = package(tmp_path / "in", "new", "new")
    release = built(make, tmp_path / "home", files["kept"], files["revised"], new)
    second = told(release)
    assert second["kept"] == first["kept"]
    assert second["revision"].iri == first["revised"].iri
    assert second["revision"].created == first["revised"].created < second["revision"].changed
    assert second["gone"].is_gone and second["new"].is_new
    times = {second[name].changed for name in ("revision", "gone", "new")}
    assert times == {Changes.read(release.path).in_order[-1].changed}

    again = built(make, tmp_path / "home", files["kept"], files["revised"], new)
    assert again.path == release.path
    anew = built(make, tmp_path / "home", files["kept"], files["revised"], new, anew=True)
    assert anew.path == release.path


def test_going_back_and_forth_is_told(make: Make, tmp_path: Path) -> None:
    one, two, three = (package(tmp_path / "in", name, name) for name in ("one", "two", "three"))
    first = built(make, tmp_path, one)
    second = built(make, tmp_path, one, two)
    third = built(make, tmp_path, one)  # the same content after another is a change
    assert (third.digest, third.name) == (first.digest, f"{first.name}-2")
    assert told(third)["two"].is_gone
    Home(tmp_path).publish(second)
    fourth = told(built(make, tmp_path, one, three))  # since the release that was current
    assert fourth["two"].is_gone and fourth["three"].is_new
    assert fourth["one"] == told(first)["one"]
    assert fourth["two"].created == told(second)["two"].created < fourth["two"].changed


def test_a_release_that_nobody_published_is_not_made_again(make: Make, tmp_path: Path) -> None:
    one, two = (package(tmp_path / "in", name, name) for name in ("one", "two"))
    first = built(make, tmp_path, one)
    second = built(make, tmp_path, one, two)
    Home(tmp_path).publish(first)
    again = built(make, tmp_path, one, two)
    assert again.path == second.path


def test_other_code_or_another_base_or_no_file(make: Make, tmp_path: Path) -> None:
    one = package(tmp_path / "in", "one", "one")
    first = built(make, tmp_path, one)
    rewritten(first, version="0" * 64)  # other code made the same
    second = built(make, tmp_path, one)
    assert second.path != first.path
    assert told(second) == told(first)

    moved = built(make, tmp_path, one, names=Names("https://data.example.gov.uk/"))
    assert all(change.is_new for change in told(moved).values())
    assert not any("localhost" in iri for iri in Changes.read(moved.path).last)

    files = {name: said for name, said in moved.manifest["files"].items() if name != CHANGES}
    rewritten(moved, files=files)  # made before there was such a file
    (moved.path / CHANGES).unlink()
    later = built(make, tmp_path, one, names=Names("https://data.example.gov.uk/"))
    assert later.path != moved.path
    assert all(change.is_new for change in told(later).values())

    path = later.path / CHANGES
    path.write_text(path.read_text("utf-8").replace("one", "two"), "utf-8")
    with pytest.raises(ReleaseTampered, match=CHANGES):
        built(make, tmp_path, one, names=Names("https://data.example.gov.uk/"))
