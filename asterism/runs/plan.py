"""A run over a bench as a folder: what was asked, what was answered, how it was graded.

``config.json`` says what was asked, ``completions.jsonl`` holds the completions, ``results.jsonl`` how they were read
and scored; those without images, or with the options in another order, lie in folders of their own beside them.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.records import read_records
from asterism.core.reward import Truncated
from asterism.core.task import Task
from asterism.evaluate.arrangements import rearrange
from asterism.evaluate.baselines import without_images
from asterism.evaluate.benchmark import Bench, FewShot
from asterism.evaluate.examples import from_others, set_aside, show_with
from asterism.evaluate.images import name_images
from asterism.evaluate.summary import BLIND, MODEL, SHUFFLE
from asterism.evaluate.units import image_of
from asterism.rollout.engine import SamplingConfig
from asterism.runs.benches import bench_named

CONFIG = "config.json"
COMPLETIONS = "completions.jsonl"
RESULTS = "results.jsonl"
_IMAGES = "images.json"


class EvalConfig(Config):
    """What a run measures and how; the fields of :data:`FREE` may change when it is resumed."""

    bench: str = Field(description="what is measured: tfq, mcq, osq, short, or a bench of a system, such as helix")
    mode: str = Field(
        "",
        description="how it is asked; empty: as the bench usually is. A wrong one is refused with the right ones",
    )
    source: Literal["local", "api", "predictions"] = Field(description="who answers")
    model: str = Field(description="the model, or the file of predictions")
    weights: str = Field("", description="digest of a local model's files, or of the predictions")
    url: str = Field("", description="address of the server")
    sampling: SamplingConfig = Field(SamplingConfig(temperature=0.0), description="how completions are drawn")
    samples: int = Field(1, ge=1, description="completions of each record")
    seed: int = Field(0, description="names every random choice")
    records: str = Field("", description="the records.jsonl file or its folder; empty: the bench's own")
    subset: str = Field("", description="a named subset of the records")
    limit: int | None = Field(None, ge=1, description="at most so many records, the first by id")
    panels: int = Field(1, ge=1, description="each image is cut into so many panels")
    unkeyed: Literal["ask", "skip"] = Field(
        "ask", description="whether records without an answer are asked, or left out"
    )
    truncated: Truncated = Field(
        "zero", description="a completion cut off by a limit: zero (it has no answer), or read as far as it goes"
    )
    shots: int = Field(2, ge=1, description="examples before each question (few-shot)")
    examples: str = Field("", description="records that examples are drawn from; empty: some of those measured")
    example_ids: tuple[str, ...] = Field((), description="the examples drawn")
    count: int = Field(0, ge=0, description="records measured")
    digest: str = Field("", description="SHA-256 over what they show, ask and hold for right")
    prompts: str = Field("", description="SHA-256 over what a model reads")
    clusters: str = Field("image", description="intervals are clustered by image, or by this key of meta")
    blind: bool = Field(False, description="asked without images too")
    shuffles: int = Field(0, ge=0, description="asked with the options in so many other orders too")


FREE = frozenset({"url", "records", "examples", "clusters", "blind", "shuffles", "truncated"})
"""What shapes no completion, or is covered by a digest."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The records of a run as they are asked, and the prompt of each."""

    config: EvalConfig
    bench: Bench
    tasks: Sequence[Task]
    prompt_of: Callable[[Task], str]

    @property
    def arms(self) -> list[str]:
        """The ways in which the records are asked."""
        shuffles = [f"{SHUFFLE}{number}" for number in range(1, self.config.shuffles + 1)]
        return [MODEL, *([BLIND] if self.config.blind else []), *shuffles]

    def of_arm(self, name: str) -> list[Task]:
        """The tasks of one arm."""
        if name == BLIND:
            return without_images(self.tasks)
        if name.startswith(SHUFFLE):
            number = int(name.removeprefix(SHUFFLE))
            return [rearrange(task, number, self.config.seed) for task in self.tasks]
        return list(self.tasks)

    @property
    def cluster_key(self) -> str | None:
        """The ``meta`` entry that intervals are clustered by; None for the image."""
        return None if self.config.clusters == "image" else self.config.clusters


def make_plan(config: EvalConfig, out: Path, *, asking: bool) -> Plan:
    """The plan of a configuration, with what follows from the records filled in.

    Without ``asking`` the images stay as they are in the files, which is enough to grade.

    Raises:
        AsterismError: the records are missing or broken, or none is left to be measured.
    """
    bench = bench_named(config.bench)
    mode = bench.mode(config.mode)
    tasks = bench.tasks(_records(config, bench))
    if config.unkeyed == "skip":
        tasks = _answered(tasks, config)
    tasks = name_images(tasks[: config.limit], out / _IMAGES)
    examples: list[Task] = []
    if isinstance(mode, FewShot):
        examples, tasks = _with_examples(config, bench, tasks, out)
    prompt_of = mode.after(examples) if isinstance(mode, FewShot) else mode
    digest = _digest([_identity(task) for task in tasks])
    if asking and config.panels > 1:
        tasks, examples = ([_cut(task, config.panels, bench) for task in part] for part in (tasks, examples))
    if examples:
        tasks = [show_with(task, examples) for task in tasks]
    filled = {
        "mode": "" if config.source == "predictions" else config.mode or bench.usual_mode,
        "count": len(tasks),
        "digest": digest,
        "prompts": "" if config.source == "predictions" else _digest([prompt_of(task) for task in tasks]),
        "example_ids": tuple(task.id for task in examples),
    }
    return Plan(config.model_copy(update=filled), bench, tasks, prompt_of)


def arm_folder(out: Path, name: str) -> Path:
    """Where an arm's files lie."""
    return out if name == MODEL else out / name


def check_folder(out: Path) -> None:
    """See that a folder is new, or holds a run over a bench.

    Raises:
        AsterismError: it holds something else.
    """
    held = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if CONFIG not in held and held - {_IMAGES}:
        raise AsterismError("the folder holds something else", where=str(out), remedy="Give another --out.")


def open_run(plan: Plan, out: Path) -> Plan:
    """Begin a run in a folder, or resume the one that is there; returns the plan with the arms of both.

    Raises:
        AsterismError: the folder holds a run with other settings (the first that differs is named).
    """
    file = out / CONFIG
    config = plan.config
    if file.is_file():
        earlier = read_config(out)
        for name in EvalConfig.model_fields:
            before, now = getattr(earlier, name), getattr(config, name)
            if name not in FREE and before != now:
                raise AsterismError(
                    f"the run there has {name} {_shown(before)}, this one {_shown(now)}",
                    where=str(out),
                    remedy="Give another --out, or the settings of that run to resume it.",
                )
        arms = {"blind": config.blind or earlier.blind, "shuffles": max(config.shuffles, earlier.shuffles)}
        config = config.model_copy(update=arms)
    with whole_file(file) as beside:
        beside.write_text(json.dumps(config.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n", "utf-8")
    return replace(plan, config=config)


def read_config(out: Path) -> EvalConfig:
    """The configuration of the run in a folder.

    Raises:
        AsterismError: there is none, or it is not of this form.
    """
    file = out / CONFIG
    if not file.is_file():
        raise AsterismError("no run found", where=str(out), remedy="Give the --out folder of `asterism eval`.")
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AsterismError(
            f"not valid JSON ({error})", where=str(file), remedy="Measure into a new folder."
        ) from error
    return EvalConfig.parse(values, where=str(file))


def stored_plan(out: Path, records: Path | None = None) -> Plan:
    """The plan of the run in a folder, from its records as they are now (``records``: where they lie now).

    Raises:
        AsterismError: there is no run, or the records are not those that were measured.
    """
    config = read_config(out)
    if records is not None:
        config = config.model_copy(update={"records": str(records)})
    plan = make_plan(config, out, asking=False)
    if plan.config.digest != config.digest:
        raise AsterismError(
            f"these are not the {config.count} records that were measured",
            where=config.records,
            remedy="Give those with --records; what the answers are graded by may not change under them.",
        )
    return plan


def weights_digest(model: str) -> str:
    """SHA-256 over name, size, first and last MiB of the files of a model's folder that shape its completions.

    Empty where the model is no folder: a hub id names what it is.
    """
    folder = Path(model)
    if not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".json", ".jinja")):
        size = file.stat().st_size
        digest.update(f"{file.name}:{size}:".encode())
        with file.open("rb") as content:
            digest.update(content.read(_EDGE))
            content.seek(max(0, size - _EDGE))
            digest.update(content.read(_EDGE))
    return digest.hexdigest()


_EDGE = 2**20


def _answered(tasks: Sequence[Task], config: EvalConfig) -> list[Task]:
    found = [task for task in tasks if task.answer is not None]
    if not found:
        raise AsterismError(
            f"none of the {len(tasks)} records has an answer",
            where=config.records,
            remedy="Give --unkeyed ask to have them asked and counted, without a score.",
        )
    return found


def _records(config: EvalConfig, bench: Bench) -> list[Task]:
    """The records that are named, or the bench's own, by id; of a subset where one is named."""
    if config.records:
        records = read_records(Path(config.records), unanswered=True)
    elif bench.records is not None:
        records = sorted(bench.records(), key=lambda task: task.id)
    else:
        raise AsterismError(
            f"the bench {config.bench} has no records of its own", remedy="Give --records FILE or its folder."
        )
    return bench.subset(records, config.subset) if config.subset else records


def _with_examples(config: EvalConfig, bench: Bench, tasks: list[Task], out: Path) -> tuple[list[Task], list[Task]]:
    """Examples, and the tasks that are measured: those of other records, or some that are set aside."""
    if not config.examples:
        return set_aside(tasks, config.shots, config.seed)
    others = read_records(Path(config.examples), unanswered=True)
    others = name_images([task for task in others if task.kind == bench.scorer.kind], out / _IMAGES)
    return from_others(others, tasks, config.shots, config.seed), tasks


def _cut(task: Task, panels: int, bench: Bench) -> Task:
    if bench.panels is None:
        raise AsterismError(f"the bench {bench.name} cuts no images", remedy="Leave --panels out.")
    return replace(task, images=bench.panels(task, panels))


def _identity(task: Task) -> list[Any]:
    return [task.id, task.kind, task.question, task.answer, list(task.options), image_of(task)]


def _digest(parts: Sequence[Any]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(json.dumps(part).encode() + b"\n")
    return digest.hexdigest()


def _shown(value: Any) -> str:
    if isinstance(value, Config):
        return json.dumps(value.model_dump(mode="json"))
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:16]}…"
