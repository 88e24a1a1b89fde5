"""What q and fq of package_search ask: the part of Solr's language that harvesters use.

Words and "phrases", field:value, field:[from TO to], brackets, AND, OR, NOT, + and -; a * at the
end of a word stands for its rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

TOKEN = re.compile(
    r'\s+|(?P<phrase>"(?:[^"\\]|\\.)*")|(?P<range>[\[{][^\]}]*[\]}])|(?P<mark>[()]|[+!-](?=\S))'
    r'|(?P<word>(?:\\.|[^\s()":\[\]{}])+)|(?P<colon>:)|(?P<wrong>.)',
    re.DOTALL,
)
RANGE = re.compile(r"[\[{]\s*(\S+)\s+TO\s+(\S+)\s*[\]}]", re.IGNORECASE)
WORD = re.compile(r"\w+")
PLURAL = re.compile("(?<=ch|sh|ss)es$|ies$|(?<!s)s$")
DEEPEST = 20  # brackets within each other
MOST = 200  # tokens
EVERYTHING = "*"


class WrongSearch(Exception):
    """What is asked is not of this language."""


@dataclass(frozen=True, slots=True)
class Row:
    """What can be searched of one dataset: texts with a space around each word, and fields."""

    name: str
    title: str
    words: str
    fields: Mapping[str, tuple[str, ...]]


Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Search:
    """A search that is understood: which rows fit, and the words that they are ranked by."""

    fits: Test
    words: tuple[str, ...]


def spelt(text: str) -> str:
    """The words of a text in small letters, with a space around each.

    >>> spelt("Stop-and-Search: 2024")
    ' stop and search 2024 '
    """
    return f" {' '.join(WORD.findall(text.casefold()))} "


def beginning(word: str) -> str:
    """What a word of a text begins with that a word of a search means: crime means crimes too.

    >>> [beginning(word) for word in ("crimes", "searches", "categories", "bus")]
    [' crime', ' search', ' categor', ' bus']
    """
    return " " + (PLURAL.sub("", word) if len(word) > 3 else word)


def has_words(text: str) -> Test:
    """Whether a dataset has all words of a text."""
    starts = [beginning(word) for word in spelt(text).split()]
    return lambda row: all(start in row.words for start in starts)


def has_phrase(text: str) -> Test:
    """Whether a dataset has the words of a text one after the other."""
    phrase = spelt(text)
    return lambda row: phrase in row.words


def has_value(name: str, value: str) -> Test:
    """Whether a field has a value; text fields have words."""
    if name in {"title", "notes", "text"}:
        test = has_words(value)
        if name != "title":
            return test
        starts = [beginning(word) for word in spelt(value).split()]
        return lambda row: all(start in row.title for start in starts)
    known = value.casefold()
    if known == EVERYTHING:
        return lambda row: name == EVERYTHING or bool(row.fields.get(name))
    if known.endswith("*"):
        return lambda row: any(
            one.casefold().startswith(known[:-1]) for one in row.fields.get(name, ())
        )
    return lambda row: any(one.casefold() == known for one in row.fields.get(name, ()))


def in_range(name: str, text: str) -> Test:
    """Whether a field lies between two values; * is an open end. Raises WrongSearch."""
    found = RANGE.fullmatch(text)
    if found is None:
        raise WrongSearch(f"{text} is no range; write [from TO to]")
    low, high = (end.removesuffix("Z") for end in found.groups())
    if "NOW" in (low[:3].upper(), high[:3].upper()):
        raise WrongSearch("the time of the day is not known here; write the date itself")
    least, most = text[0] == "{", text[-1] == "}"

    def fits(one: str) -> bool:
        above = low == EVERYTHING or one > low or (one == low and not least)
        return above and (high == EVERYTHING or one < high or (one == high and not most))

    return lambda row: any(fits(one) for one in row.fields.get(name, ()))


def understood(text: str) -> Search:
    """What a text asks; raises WrongSearch. Nothing, or *:*, asks for everything."""
    return Reading(text).search()


class Reading:
    """Reads one search."""

    def __init__(self, text: str) -> None:
        self.tokens = list(tokens(text))
        self.place, self.depth = 0, 0
        self.words: list[str] = []

    def search(self) -> Search:
        """All of it; raises WrongSearch."""
        if not self.tokens:
            return Search(lambda row: True, ())
        if len(self.tokens) > MOST:
            raise WrongSearch(f"it has more than {MOST} words and signs")
        fits = self.either()
        if self.place < len(self.tokens):
            raise WrongSearch(f"there is no bracket for {self.tokens[self.place][1]}")
        return Search(fits, tuple(self.words))

    def next(self) -> tuple[str, str]:
        """The token that comes next; nothing at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else ("", "")

    def take(self) -> tuple[str, str]:
        """The token that comes next, which is then read."""
        found = self.next()
        self.place += 1
        return found

    def either(self) -> Test:
        """What OR joins."""
        some = [self.every()]
        while self.next() == ("word", "OR"):
            self.take()
            some.append(self.every())
        return some[0] if len(some) == 1 else lambda row: any(test(row) for test in some)

    def every(self) -> Test:
        """What stands side by side, or is joined by AND."""
        some: list[Test] = []
        while self.next() not in {("", ""), ("mark", ")"), ("word", "OR")}:
            if self.next() == ("word", "AND"):
                self.take()
                continue
            some.append(self.one())
        if not some:
            raise WrongSearch("there is nothing between two signs, or at an end")
        return some[0] if len(some) == 1 else lambda row: all(test(row) for test in some)

    def one(self) -> Test:
        """One condition, or one that must not hold."""
        kind, text = self.take()
        if (kind, text) in {("mark", "-"), ("mark", "!"), ("word", "NOT")}:
            kept = len(self.words)
            self.deeper()
            unwanted = self.one()
            self.depth -= 1
            del self.words[kept:]
            return lambda row: not unwanted(row)
        if (kind, text) == ("mark", "+"):
            return self.one() if self.next()[0] != "mark" or self.next()[1] == "(" else self.fail()
        if (kind, text) == ("mark", "("):
            return self.inner(self.either)
        if kind == "word" and self.next()[0] == "colon":
            self.take()
            return self.value(text)
        if kind == "word":
            if text == EVERYTHING:
                return lambda row: True
            self.words.append(plain(text))
            return has_words(plain(text))
        if kind == "phrase":
            self.words.append(plain(text[1:-1]))
            return has_phrase(plain(text[1:-1]))
        return self.fail()

    def value(self, name: str) -> Test:
        """The value of a field, or several in brackets."""
        kind, text = self.take()
        if (kind, text) == ("mark", "("):
            return self.inner(lambda: self.values(name))
        if kind == "range":
            return in_range(name, text)
        if kind == "phrase":
            return has_value(name, plain(text[1:-1]))
        if kind == "word":
            # A moment has colons in it, and an address has one.
            while self.next()[0] == "colon":
                self.take()
                text += ":" + (self.take()[1] if self.next()[0] == "word" else "")
            return has_value(name, plain(text))
        return self.fail()

    def values(self, name: str) -> Test:
        """Several values of a field, joined by OR; or by AND, or by nothing."""
        some, joint = [self.value(name)], ""
        while self.next() not in {("", ""), ("mark", ")")}:
            if self.next() in {("word", "OR"), ("word", "AND")}:
                joint = self.take()[1]
            some.append(self.value(name))
        together = any if joint == "OR" else all
        return lambda row: together(test(row) for test in some)

    def inner(self, read: Callable[[], Test]) -> Test:
        """What stands between brackets."""
        self.deeper()
        found = read()
        if self.take() != ("mark", ")"):
            raise WrongSearch("a bracket is not closed")
        self.depth -= 1
        return found

    def deeper(self) -> None:
        """Go one step further in; raises WrongSearch beyond DEEPEST."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise WrongSearch(f"there are more than {DEEPEST} brackets within each other")

    def fail(self) -> Test:
        """Raise WrongSearch for what was just read."""
        before = self.tokens[min(self.place, len(self.tokens)) - 1][1]
        raise WrongSearch(f"something else was expected than {before!r}")


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """The words and signs of a search; raises WrongSearch for a sign that stands alone."""
    for found in TOKEN.finditer(text):
        kind = found.lastgroup
        if kind == "wrong":
            raise WrongSearch(f"{found[0]} stands alone")
        if kind:
            yield kind, found[0]


def plain(text: str) -> str:
    r"""A word without the backslashes before its signs.

    >>> plain(r"C\+\+")
    'C++'
    """
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
