"""How a benchmark row is measured and reported: figure and floor side by side, medians, a ratio."""

import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Row:
    """One benchmark: our figure and its floor, measured alternately in the same run.

    :ivar unit: of both samples, such as "ms" or "per s"
    :ivar goal: limit of figure ÷ floor
    :ivar at_least: the ratio must reach the goal (rates) rather than stay under it (times)
    """

    name: str
    unit: str
    goal: float
    at_least: bool = False
    figures: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)

    def add(self, figure, floor):
        """One repetition."""
        self.figures.append(figure)
        self.floors.append(floor)

    @property
    def ratio(self):
        """Median of the repetitions' own ratios, so that a slow moment hits both sides."""
        pairs = zip(self.figures, self.floors, strict=True)
        return statistics.median(figure / floor for figure, floor in pairs)

    @property
    def reached(self):
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal

    def line(self):
        """The closing line: figure, floor, ratio and goal."""
        figure, floor = statistics.median(self.figures), statistics.median(self.floors)
        sign = "≥" if self.at_least else "≤"
        verdict = "reached" if self.reached else "MISSED"
        return (
            f"bench {self.name}: {figure:.2f} {self.unit}, floor {floor:.2f} {self.unit}, "
            f"ratio {self.ratio:.2f}, goal {sign} {self.goal} ({verdict}; "
            f"medians of {len(self.figures)})"
        )


@contextmanager
def stopwatch():
    """Seconds that the block took, in a list of one."""
    seconds = [0.0]
    started = time.perf_counter()
    try:
        yield seconds
    finally:
        seconds[0] = time.perf_counter() - started
