"""When what was not taken is sent again."""

import random
from datetime import timedelta

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=6)
#: A subscriber that does not answer at all is knocked at again within the hour.
LONGEST_SILENCE = timedelta(hours=1)
JITTER = 0.2


def delay(attempts, longest=LONGEST, spread=random.uniform):
    """Doubling from half a minute, with jitter so that many do not come back at once.

    :param attempts: how often it was tried, from 1
    """
    # A shift of 40 is far beyond the longest; more would only overflow.
    plain = min(FIRST * 2 ** min(attempts - 1, 40), longest)
    return plain * spread(1 - JITTER, 1 + JITTER)
