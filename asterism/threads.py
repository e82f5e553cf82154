"""How threads wait for one another. Set before torch is loaded, so imported before anything else of ours.

torch's wheels for Linux carry GNU's OpenMP. At the end of each parallel region, of which a step of a small model has
some 25,000, a thread that is done spins up to 300,000 times before it sleeps. That is fastest where every thread has a
core. Where another program has pushed one of them off its core, the others burn the very time in which it could
continue: beside a single busy program a step took 3.7 times as long, beside many 17 times. A thread that sleeps at once
(``OMP_WAIT_POLICY=passive``) is never in the way, but waking it costs a third of a step on a machine that does nothing
else. A thousand spins bridge the short waits and give up the long ones. The numbers are the same to the last bit.
``benchmarks/busy.py`` measures all of this (docs/benchmarks.md).
"""

import os
import sys
from collections.abc import Mapping, MutableMapping

WAIT_POLICY = "OMP_WAIT_POLICY"
SPIN_COUNT = "GOMP_SPINCOUNT"
SETTINGS = (WAIT_POLICY, SPIN_COUNT)
"""The variables that OpenMP reads once, when torch is loaded. The second is the finer one and wins."""


SPINS = "1000"
"""How often a waiting thread looks before it sleeps, where nobody says otherwise."""


def set_waiting(environment: MutableMapping[str, str]) -> None:
    """Let threads soon sleep while they wait, unless the environment says how they should wait."""
    if not any(name in environment for name in SETTINGS):
        environment[SPIN_COUNT] = SPINS


def waiting(environment: Mapping[str, str]) -> str:
    """The setting in force, for a person: ``GOMP_SPINCOUNT=1000``."""
    shown = ", ".join(f"{name}={environment[name]}" for name in SETTINGS if name in environment)
    return f"{shown} (not in force: torch was loaded before asterism)" if TOO_LATE else shown


TOO_LATE = "torch" in sys.modules and not any(name in os.environ for name in SETTINGS)
"""Whether torch was loaded before this could be set; threads then spin while they wait."""

set_waiting(os.environ)
