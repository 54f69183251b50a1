"""How a benchmark row is measured and reported: figure and floor side by side, medians, a ratio."""

import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Row:
    """One benchmark: our figure and its floor, measured alternately in the same run.

    :ivar unit: of both samples, such as "ms" or "per s"
    :ivar goal: limit of figure ÷ floor; of the figure itself where it is `absolute`
    :ivar at_least: the goal is to be reached (rates) rather than kept (times)
    """

    name: str
    unit: str
    goal: float
    at_least: bool = False
    absolute: bool = False
    figures: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)

    def add(self, figure, floor):
        """One repetition."""
        self.figures.append(figure)
        self.floors.append(floor)

    @property
    def figure(self):
        return statistics.median(self.figures)

    @property
    def ratio(self):
        """Median of the repetitions' own ratios, so that a slow moment hits both sides."""
        pairs = zip(self.figures, self.floors, strict=True)
        return statistics.median(figure / floor for figure, floor in pairs)

    @property
    def reached(self):
        judged = self.figure if self.absolute else self.ratio
        return judged >= self.goal if self.at_least else judged <= self.goal

    def line(self):
        """The closing line: figure, floor, ratio and goal."""
        sign = "≥" if self.at_least else "≤"
        unit = f" {self.unit}" if self.absolute else ""
        verdict = "reached" if self.reached else "MISSED"
        return (
            f"bench {self.name}: {self.figure:.2f} {self.unit}, "
            f"floor {statistics.median(self.floors):.2f} {self.unit}, "
            f"ratio {self.ratio:.2f}, goal {sign} {self.goal}{unit} ({verdict}; "
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
