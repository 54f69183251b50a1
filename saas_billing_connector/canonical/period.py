"""Half-open periods of time."""

from dataclasses import dataclass
from datetime import date, datetime, tzinfo


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (inside) to `end` (outside), both aware; equal instants mean a point in time."""

    start: datetime
    end: datetime

    def dates(self, zone: tzinfo) -> tuple[date, date]:
        """First day served and first day not served any more, by the calendar of `zone`.

        The first day counts whole and a started last day is dropped (accounting.md §2), so
        consecutive periods share no day.
        """
        return self.start.astimezone(zone).date(), self.end.astimezone(zone).date()
