"""A run small enough for a test: seven records, a random tiny model that has just learned the answer format."""

from pathlib import Path

import yaml

from asterism.core.records import write_records
from asterism.core.sample import Sample
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.learn.global_batch import GlobalBatch
from asterism.learn.loss_terms import Imitation
from asterism.learn.optimiser_config import OptimiserConfig
from asterism.learn.schedule import ScheduleConfig
from asterism.learn.update import Learner
from asterism.metaphor.data import SceneSource, scene_tasks
from asterism.metaphor.prompts import prompt_style
from asterism.policy.encoder import Encoder
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_model, tiny_processor, train_tokenizer

TASKS = 7
STEPS = 6
PROMPTS = 4
GROUP = 3
RECIPE = {
    "system": "metaphor",
    "method": "grpo",
    "seed": 3,
    "model": {"path": "model"},
    "environment": {
        "train": {"source": "records", "path": "data"},
        "evaluate": {"source": "records", "path": "data"},
        "prompt": "short",
    },
    "rollout": {"prompts_per_step": PROMPTS, "group_size": GROUP, "sampling": {"max_tokens": 8}},
    "loss": {"kl_coef": 0.05},
    "optimiser": {"schedule": {"learning_rate": 1.0e-3, "warmup_steps": 2}},
    "stop": {"steps": STEPS},
    "checkpoint": {"every": 3},
    "measure": {"before": False, "sampling": {"max_tokens": 8, "temperature": 0.0}},
}


def write_run_files(folder: Path) -> Path:
    """``data/`` (records), ``model/`` (a policy) and ``recipe.yaml`` in a folder; returns the recipe."""
    tasks = list(scene_tasks(SceneSource(count=1, statements=TASKS, seed=4)))
    write_records(folder / "data", tasks)
    write_model(folder / "model", tasks)
    recipe = folder / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE))
    return recipe


def write_model(folder: Path, tasks: list[Task]) -> None:
    """A policy whose answers have the asked form about as often as not, so that rewards differ within a group."""
    prompt_of = prompt_style("short")
    tokenizer = train_tokenizer([prompt_of(task) for task in tasks])
    policy = Policy.of(tiny_model(tokenizer, seed=1), tiny_processor(tokenizer))
    optimiser = OptimiserConfig(schedule=ScheduleConfig(learning_rate=2e-3))
    learner = Learner(policy, Encoder(policy), terms=[Imitation()], optimiser=optimiser, total_steps=100)
    samples = []
    for task in tasks:
        prompt = Segment("prompt", (), prompt_of(task), task.images)
        for letter in "TF":
            trace = f"<think>is</think><answer>{letter}</answer>"
            ids = (*tokenizer(trace, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id)
            trajectory = Trajectory((prompt, Segment("model", ids, trace, trainable=True)))
            samples.append(Sample(trajectory, {"ce": (1.0,) * len(ids)}))
    for _ in range(12):
        learner.update(GlobalBatch(samples))

    policy.save(folder)
