"""The small model of a study: its tokenizer, its pre-training, and what it knows in the end.

Old skills are trained in full, new tasks in the doses of the plan; so the tasks begin at different success, one of them
at none.
"""

import json
import shutil
from dataclasses import asdict

from asterism.core.files import whole_file
from asterism.core.seeds import derive_seed
from asterism.core.system import Suite
from asterism.helix.study.folder import Kept, Start, StudyFolder
from asterism.helix.study.probe import success_of
from asterism.helix.study.puzzle_sets import write_puzzles
from asterism.learn.checkpoint import FOLDER as CHECKPOINTS
from asterism.learn.checkpoint import latest_checkpoint
from asterism.policy.encoder import Encoder
from asterism.policy.induction import lay_induction
from asterism.policy.policy import Policy
from asterism.policy.tiny import tiny_model, tiny_processor, train_tokenizer
from asterism.rollout.local import LocalEngine
from asterism.rollout.runner import play
from asterism.runs.loop import train
from asterism.runs.recipe import suite_of
from asterism.runs.session import open_session
from asterism.runs.train import save


def make_base(study: StudyFolder, *, quiet: bool) -> Start:
    """Make whatever of the small model is not there yet.

    Raises:
        AsterismError: a task or level is unknown or has too few puzzles, a recipe is wrong, the disk refuses.
        KeyboardInterrupt: interrupted; a checkpoint was written first.
    """
    write_puzzles(study)
    if not study.model.is_dir():
        _pretrain(study, quiet=quiet)
    if not (study.out / "base" / "start.json").is_file():
        _measure(study)
    return study.start()


def _pretrain(study: StudyFolder, *, quiet: bool) -> None:
    """From random weights with a induction circuit to the small model; resumes from its newest checkpoint."""
    folder, initial = study.out / "base" / "pretraining", study.out / "base" / "initial"
    given = [
        *study.plan.base.overrides,
        f"seed={study.plan.base.seed}",
        f"model.path={json.dumps(str(initial))}",
        'model.freeze={"vision": true, "projector": true}',
    ]
    recipe = study.recipe(study.plan.base.recipe, given, train="base")
    if not initial.is_dir():
        suite = suite_of(recipe, where=str(study.where))
        _initial_model(study, suite).save(initial)
    resume = latest_checkpoint(folder) is not None
    session = open_session(recipe, folder, where=str(study.where), resume=resume)
    train(session, quiet=quiet)
    save(session, study.model)
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)


def _initial_model(study: StudyFolder, suite: Suite) -> Policy:
    seed, corpus = study.plan.base.seed, []
    for name in ("base", "train"):
        for tasks in study.tasks(name).values():
            for task in tasks[: study.plan.base.corpus]:
                corpus += [suite.prompt_of(task), suite.trace_of(task) or ""]
    tokenizer = train_tokenizer(corpus)
    policy = Policy.of(tiny_model(tokenizer, seed=seed), tiny_processor(tokenizer))
    lay_induction(policy, seed=seed)
    return policy


def _measure(study: StudyFolder) -> None:
    """Success on the test puzzles, and one completion each of some development puzzles."""
    recipe = study.recipe(study.plan.base.recipe, [])
    suite = suite_of(recipe, where=str(study.where))
    policy = Policy.load(study.model)
    engine = LocalEngine(policy, encoder=Encoder(policy, size=4096))
    sampling = recipe.rollout.sampling
    success = success_of(engine, suite, study.tasks("test"), sampling, samples=study.plan.base.samples, seed=0)
    asked = [task for tasks in study.tasks("dev").values() for task in tasks[: study.plan.probe.kl_prompts]]
    played = play(engine, asked, suite.player, sampling, samples=1, seed=derive_seed("kept"))
    kept = tuple(
        Kept(group.task.id, answer.segments[-1].token_ids, answer.sampler_logprobs or ())
        for group in played
        for answer in group.trajectories
    )
    with whole_file(study.out / "base" / "start.json") as part:
        part.write_text(json.dumps(asdict(Start(success, kept)), indent=1) + "\n", encoding="utf-8")
