"""What will happen at which simulated second."""

import heapq
from collections.abc import Callable


class Agenda:
    """Tasks by due time; tasks of one second run in the order they were added."""

    def __init__(self):
        self._heap: list[tuple[int, int, Callable, tuple]] = []
        self._added = 0

    def add(self, due: int, task: Callable, *arguments: object) -> None:
        """Call `task(world, *arguments)` when the clock reaches `due`.

        Tasks are not cancelled: each one checks on its own whether it still applies.
        """
        heapq.heappush(self._heap, (due, self._added, task, arguments))
        self._added += 1

    def next_due(self) -> int | None:
        """The earliest due time."""
        return self._heap[0][0] if self._heap else None

    def pop(self) -> tuple[int, Callable, tuple]:
        """Take the earliest task away."""
        due, _order, task, arguments = heapq.heappop(self._heap)
        return due, task, arguments

    def __len__(self) -> int:
        return len(self._heap)
