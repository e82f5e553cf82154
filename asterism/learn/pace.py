"""How many prompts a step takes, so that what a run spends keeps to a number of tokens a step.

    n_k = round((k T - spent) / m),   at least 1

T is the number wanted, m what a prompt has cost of late, all that was generated for it and used of its expert. What a
step spends too much or too little is made good by the next, so the sum after k steps is k T to within a prompt or two.
"""

from collections import deque
from collections.abc import Iterable

from asterism.core.results.metrics import StepMetrics, ValidationMetrics

RECENT = 8
"""Steps over which the cost of a prompt is averaged: it moves as a policy learns to end sooner."""


class Pace:
    """Counts what steps spend; without ``tokens_per_step`` every step has ``prompts_per_step`` prompts.

    >>> pace = Pace(8, tokens_per_step=100)
    >>> pace.prompts()
    8
    >>> pace.note(prompts=8, tokens=40)  # 5 tokens a prompt, and 160 are due after the second step
    >>> pace.prompts()
    32
    """

    def __init__(self, prompts_per_step: int, tokens_per_step: int | None = None) -> None:
        self.spent = 0
        self._prompts_per_step = prompts_per_step
        self._tokens_per_step = tokens_per_step
        self._steps = 0
        self._recent: deque[tuple[int, int]] = deque(maxlen=RECENT)

    def prompts(self) -> int:
        """How many prompts the next step takes."""
        if self._tokens_per_step is None or not self._recent:
            return self._prompts_per_step
        due = (self._steps + 1) * self._tokens_per_step - self.spent
        prompts, tokens = sum(each[0] for each in self._recent), sum(each[1] for each in self._recent)
        return max(1, round(due * prompts / max(1, tokens)))

    def note(self, *, prompts: int, tokens: int) -> None:
        """What a step took and spent."""
        self._steps += 1
        self.spent += tokens
        self._recent.append((prompts, tokens))

    def recall(self, lines: Iterable[StepMetrics | ValidationMetrics]) -> None:
        """Resume after the steps in a run's metrics; the lines of validations are passed over."""
        for line in lines:
            if isinstance(line, StepMetrics):
                self.note(prompts=line.prompts, tokens=line.tokens_generated + line.tokens_expert)
