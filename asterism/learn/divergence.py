"""When a run has diverged."""

from asterism.core.errors import AsterismError
from asterism.learn.update import Learner


def refuse_divergence(learner: Learner, step: int) -> None:
    """See that the last optimiser steps, up to this training step, were not all skipped.

    Raises:
        AsterismError: as many in a row as the recipe allows had a loss or gradient that was not finite.
    """
    if learner.skipped >= learner.config.stop_after_skips:
        raise AsterismError(
            f"loss or gradient was not finite in the last {learner.skipped} optimiser steps",
            where=f"step {step}",
            remedy="Start anew with a lower optimiser.schedule.learning_rate, or raise optimiser.stop_after_skips and "
            "resume; no checkpoint was written since.",
        )
