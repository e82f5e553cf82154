"""How long to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.llm.backoff import pause, retry_after
from asterism.llm.config import ServerConfig

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
CONFIG = ServerConfig(model="m", backoff_s=1, max_backoff_s=60, max_retry_after_s=100)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.25", 0.25),
        ("-3", 0.0),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        (format_datetime(NOW - timedelta(seconds=30), usegmt=True), 0.0),
        ("Sun, 01 Mar 2026 12:00:09 -0000", 9.0),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text(max_size=40))
def test_any_header_is_read_or_passed_over(header: str) -> None:
    seconds = retry_after(header, NOW)
    assert seconds is None or seconds >= 0


@given(st.text(), st.integers(1, 2000), st.none() | st.floats(0, 1e9))
def test_a_wait_is_never_beyond_its_bounds(key: str, tries: int, asked: float | None) -> None:
    seconds = pause(CONFIG, key, tries, asked)
    if asked is None:
        longest = min(60.0, 2.0 ** min(tries - 1, 60))
        assert longest / 2 <= seconds <= longest
    else:
        assert min(asked, 100) <= seconds <= min(asked, 100) + 1


def test_requests_that_failed_together_come_back_apart() -> None:
    waits = {round(pause(CONFIG, str(n), 3, None), 3) for n in range(100)}
    assert len(waits) > 90
    assert max(waits) - min(waits) > 1.5
    assert len({round(pause(CONFIG, str(n), 1, 30.0), 3) for n in range(100)}) > 90
