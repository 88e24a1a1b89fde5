"""Who is next: clients take turns, and nobody has more than a share at once."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FairQueue(Generic[Item]):
    """First come, first served within a client; turn by turn between clients."""

    def __init__(self) -> None:
        self._queues: OrderedDict[str, deque[Item]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Item]:
        return (item for queue in self._queues.values() for item in queue)

    def push(self, client: str, item: Item) -> None:
        """Put something at the end of a client's queue."""
        self._queues.setdefault(client, deque()).append(item)
        self._size += 1

    def pop(self, may: Callable[[str], bool]) -> Item | None:
        """Take the next of the first client that may have its turn; that client goes last."""
        for client in self._queues:
            if may(client):
                queue = self._queues.pop(client)
                item = queue.popleft()
                if queue:
                    self._queues[client] = queue
                self._size -= 1
                return item
        return None

    def remove(self, client: str, item: Item) -> None:
        """Take something out that nobody waits for any more."""
        queue = self._queues.get(client)
        if queue is None or item not in queue:
            return
        queue.remove(item)
        self._size -= 1
        if not queue:
            del self._queues[client]


class Shares:
    """How many requests each client has."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def __getitem__(self, client: str) -> int:
        return self._counts[client]

    def take(self, client: str) -> None:
        """One more."""
        self._counts[client] += 1

    def give(self, client: str) -> None:
        """One less; a client without any is forgotten."""
        self._counts[client] -= 1
        if self._counts[client] <= 0:
            del self._counts[client]
