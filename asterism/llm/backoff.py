"""How long to wait before asking again."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from asterism.core.seeds import rng_for
from asterism.llm.config import ServerConfig


def pause(config: ServerConfig, key: str, tries: int, asked: float | None) -> float:
    """Seconds to wait after ``tries`` tries of the request ``key``.

    What the server asked for, up to ``max_retry_after_s``, and a little more, so that not all come back at once; where
    it asked for nothing ``backoff_s``, doubled at each try, up to ``max_backoff_s``, of which half is left to chance.
    """
    chance = rng_for("llm", "backoff", key, tries).random()
    if asked is not None:
        return min(asked, config.max_retry_after_s) + chance * min(config.backoff_s, 1.0)
    longest = min(config.max_backoff_s, config.backoff_s * 2.0 ** min(tries - 1, 60))
    return longest * (1 + chance) / 2


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds that a ``Retry-After`` header asks for, given as a number or a date; None where it asks for none."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            date = parsedate_to_datetime(header)
        except ValueError:
            return None
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now.timestamp()
    return max(0.0, seconds) if math.isfinite(seconds) else None
