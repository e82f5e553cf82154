"""How long a reward takes."""

from collections.abc import Callable, Sequence

from asterism.audit.probe import Probe
from asterism.audit.report import Hostile, Timing
from asterism.audit.target import Target

CALLS = 300


def time_calls(
    target: Target, probes: Sequence[Probe], hostile: Sequence[Hostile], on_progress: Callable[[int], None]
) -> Timing | None:
    """Seconds of single calls over usual completions, after one that warms up; None where there are none."""
    chosen = probes[:: max(1, len(probes) // CALLS)][:CALLS]
    if not chosen:
        return None
    target.reward(chosen[0].task, chosen[0].text)
    seconds = []
    for probe in chosen:
        seconds.append((target.timed(probe.task, probe.text)[1], probe.text))
        on_progress(1)
    seconds.sort()
    slowest, text = seconds[-1]
    at = min(len(seconds) - 1, round(0.99 * (len(seconds) - 1)))
    return Timing(len(seconds), seconds[len(seconds) // 2][0], seconds[at][0], slowest, text[:600], tuple(hostile))
