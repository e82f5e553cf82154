"""Where the time of a recipe's training steps goes."""

from pathlib import Path
from tempfile import TemporaryDirectory

from asterism.learn.profile import Profile, profile_of
from asterism.runs.loop import take_step
from asterism.runs.progress import stage
from asterism.runs.recipe import Recipe
from asterism.runs.session import open_session


def run_profile(recipe: Recipe, steps: int, *, where: str, quiet: bool) -> Profile:
    """The profile of ``steps`` steps, after one that only warms up.

    Raises:
        AsterismError: the recipe, its records or its model is wrong.
    """
    with (
        TemporaryDirectory(prefix="asterism-profile-") as folder,
        stage("Profiling", steps + 1, quiet=quiet) as advance,
    ):
        session = open_session(recipe, Path(folder) / "run", where=where, checkpoint=False)
        try:
            for number in range(steps + 1):
                take_step(session)
                advance(1)
                if number == 0:
                    session.trainer.learner.forget_measures()
            return profile_of(session.trainer.learner, steps)
        finally:
            session.encoder.close()
            session.run.finish()
