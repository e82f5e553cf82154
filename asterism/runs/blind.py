"""What a model reaches without the images."""

from collections.abc import Sequence

from asterism.audit.report import BlindFloor
from asterism.core.results.estimate import Estimate
from asterism.core.single_turn import SingleTurn
from asterism.core.system import Suite
from asterism.core.task import Task
from asterism.evaluate.baselines import without_images
from asterism.evaluate.intervals import estimate_mean
from asterism.evaluate.units import image_of
from asterism.rollout.engine import SamplingConfig
from asterism.rollout.local import LocalEngine
from asterism.rollout.runner import play
from asterism.runs.progress import stage
from asterism.runs.recipe import ModelConfig
from asterism.runs.session import open_model

MAX_TOKENS = 512


def blind_floor(model: str, suite: Suite, tasks: Sequence[Task], seed: int, quiet: bool) -> BlindFloor:
    """The accuracy of a model over tasks with their images and without them, by the suite's own reward.

    Raises:
        AsterismError: the model cannot be loaded, or a prompt does not fit.
    """
    engine = LocalEngine(open_model(ModelConfig.parse({"path": model}, where="--model")))
    environment = SingleTurn(suite.prompt_of, suite.reward)
    sampling = SamplingConfig(max_tokens=MAX_TOKENS, temperature=0.0)

    def reached(shown: Sequence[Task], name: str) -> Estimate:
        with stage(f"Asking ({name})", len(shown), quiet=quiet) as advance:
            groups = play(engine, shown, environment, sampling, samples=1, seed=seed, on_progress=advance)
        scored = [(group.rewards[0], image_of(group.task)) for group in groups if group.rewards[0].value is not None]
        values = [reward.parts.get("accuracy", reward.value or 0.0) for reward, _ in scored]
        return estimate_mean(values, [cluster for _, cluster in scored])

    return BlindFloor(model, reached(tasks, "with images"), reached(without_images(tasks), "without images"))
