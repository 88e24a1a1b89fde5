"""What the reconciliation service of one world is made of: its names, read when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from homegraph.endpoint.world import World
from homegraph.graph.matching.names import NAMES, names_of
from homegraph.graph.matching.question import Candidate, Question

if TYPE_CHECKING:
    from homegraph.graph.matching.matcher import Matcher


@dataclass(frozen=True)
class Service:
    """The names of a world, and the world."""

    world: World

    @cached_property
    def matcher(self) -> Matcher:
        """The names of the release; those of a store without a release are looked for in it."""
        from homegraph.graph.matching.matcher import Matcher  # with NumPy: only workers match

        if self.world.file(NAMES) is not None and self.world.folder is not None:
            return Matcher.read(self.world.folder)
        return Matcher.of_names(names_of(self.world.store))

    def warm_up(self) -> None:
        """Open what the first batch would wait for, if there is an index by the rules of today.

        One that is made in memory takes seconds, for which nobody else should wait.
        """
        from homegraph.graph.matching import kept

        if self.world.folder is not None and kept.read(self.world.folder) is not None:
            self.matcher.warm_up()

    def ask(self, questions: Sequence[Question]) -> list[list[Candidate]]:
        """The candidates of each question, best first.

        The identifier of a thing stands for it alone (0.2, 4.4: a note on scoring).
        """
        known = [self.known(one.text) for one in questions]
        rest = [one for one, itself in zip(questions, known, strict=True) if itself is None]
        answers = iter(self.matcher.ask(rest) if rest else [])
        return [next(answers) if itself is None else [itself] for itself in known]

    def known(self, iri: str) -> Candidate | None:
        """A thing by its identifier, as a sure candidate; nothing if it is none of ours."""
        found = self.matcher.known(iri) if ":" in iri else None
        return replace(found, score=1.0, match=True) if found is not None else None
