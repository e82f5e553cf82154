"""Auditing a reward: what `asterism audit` and ``asterism.audit`` do."""

import inspect
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from asterism.audit.config import AuditConfig
from asterism.audit.report import AuditReport, BlindFloor, Hostile
from asterism.audit.run import run_audit
from asterism.audit.target import Target
from asterism.core.errors import AsterismError
from asterism.core.files import write_json
from asterism.core.system import Suite, System
from asterism.core.task import Kind, Task
from asterism.core.usercode import load_object, loaded_files, names_code, user_errors
from asterism.runs.progress import stage
from asterism.runs.recipe import Recipe, suite_of, system_of
from asterism.runs.systems import system_named, system_names
from asterism.runs.trained import open_recipe, override_texts
from asterism.show.audit import write_audit_page

AUDIT = "audit.json"
_PACKAGE = Path(__file__).resolve().parents[1]
Split = Literal["train", "dev", "evaluate"]


@dataclass(frozen=True, slots=True)
class AuditSource:
    """What to audit, in plain values, so that another process can open the same.

    ``target`` is a system (``helix``), a recipe (``my.yaml``), records, or a reward function (``my_rewards.py:score``),
    which wants ``records``. ``kind`` says how the answers of records are read, ``columns`` which column holds what,
    ``messages`` that a function in TRL's form gets chat messages; ``overrides`` are laid over a recipe or system.
    """

    target: str
    overrides: tuple[str, ...] = ()
    records: str = ""
    kind: Kind | None = None
    columns: Mapping[str, str] | None = None
    images: str = ""
    prompt: str = "think"
    messages: bool = False
    split: Split = "train"


@dataclass(frozen=True, slots=True)
class AuditedRun:
    """What an audit left: ``folder`` with its files, and ``report``, what ``audit.json`` holds."""

    folder: Path
    report: AuditReport

    @property
    def page(self) -> Path:
        """The page that a browser opens."""
        return self.folder / "report.html"


def audit(
    target: str | Path,
    *,
    out: str | Path,
    records: str | Path | None = None,
    kind: Kind | None = None,
    columns: Mapping[str, str] | None = None,
    images: str | Path | None = None,
    prompt: str = "think",
    messages: bool = False,
    split: Split = "train",
    overrides: Mapping[str, Any] | Sequence[str] = (),
    model: str | Path | None = None,
    force: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> AuditedRun:
    """Audit a reward: what it pays for that it should not, and what it refuses.

    Args:
        target: a system (``helix``), a recipe, records (a file or folder), or a function (``my_rewards.py:score``).
        out: folder for ``audit.json`` and ``report.html``.
        records: the records for a function.
        kind: how the answers of records are read, where no column tells.
        columns: which column holds what, where names differ.
        images: folder from which paths of images count.
        prompt: what records are asked with: think, plain, or a template.
        messages: a function in TRL's form gets chat messages.
        split: which tasks of a system or recipe.
        overrides: laid over a recipe or system, ``{"environment.train.count": 50}``.
        model: also measure this model with and without images.
        force: replace what lies in ``out``.
        quiet: show no progress on stderr.
        settings: fields of :class:`asterism.audit.config.AuditConfig`.

    Raises:
        AsterismError: the target, its data or its code is wrong, or ``out`` already holds something.
    """
    source = AuditSource(
        target=str(target),
        overrides=tuple(override_texts(overrides)),
        records=str(records or ""),
        kind=kind,
        columns=columns,
        images=str(images or ""),
        prompt=prompt,
        messages=messages,
        split=split,
    )
    config = AuditConfig.parse(settings, where="audit")
    return audit_source(
        source, config, Path(out), model=None if model is None else str(model), force=force, quiet=quiet
    )


def audit_source(
    source: AuditSource, config: AuditConfig, out: Path, *, model: str | None, force: bool, quiet: bool
) -> AuditedRun:
    """Audit what a source names, and write what was found.

    Raises:
        AsterismError: as :func:`audit` says.
    """
    _refuse_filled(out, force)

    @contextmanager
    def stages(name: str, total: int) -> Iterator[Callable[[int], None]]:
        with stage(name, total, quiet=quiet) as advance:
            yield lambda count: advance(count)

    with user_errors():
        suite, target = open_target(source)
        blind = None if model is None else _blind_floor(model, suite, target.tasks[: config.tasks], config.seed, quiet)
        report = run_audit(
            target,
            config,
            stages,
            hostile=lambda advance: _hostile(source, config.max_seconds, advance) if config.hostile else [],
            blind=blind,
        )
    write_json(out / AUDIT, report.as_json())
    write_audit_page(out, report)
    return AuditedRun(out, report)


def open_target(source: AuditSource) -> tuple[Suite, Target]:
    """The suite and the tasks that a source names.

    Raises:
        AsterismError: there is no such system, recipe, file or function, or its data or code is wrong.
    """
    recipe = _recipe_of(source)
    where = source.target
    suite = suite_of(recipe, where=where)
    tasks = {"train": suite.train, "dev": suite.dev, "evaluate": suite.evaluate}[source.split]()
    sources = _sources(source, system_of(recipe, where=where))
    return suite, Target(source.target, tuple(tasks), suite.prompt_of, suite.judge, suite.player, sources)


def _recipe_of(source: AuditSource) -> Recipe:
    """A recipe whose environment is the target."""
    if source.target.endswith((".yaml", ".yml")):
        return open_recipe(Path(source.target), list(source.overrides))
    if source.target in system_names():
        return open_recipe({"system": source.target, **_defaults(source.target)}, list(source.overrides))
    if Path(source.target).exists() and not names_code(source.target):
        return open_recipe(_of_records(source, source.target, "exact"), list(source.overrides))
    if names_code(source.target):
        found = load_object(source.target, where="audit", default="SYSTEM")
        if not isinstance(found, System):
            if not source.records:
                raise AsterismError(
                    f"{source.target} is a reward function, and needs records to judge answers to",
                    remedy="Give them with --records FILE.",
                )
            return open_recipe(_of_records(source, source.records, source.target), list(source.overrides))
    elif "/" in source.target or "." in source.target:
        raise AsterismError(f"there is no {source.target}", remedy="Give a system, a recipe, records or a function.")
    return open_recipe({"system": source.target, **_defaults(source.target)}, list(source.overrides))


def _defaults(system: str) -> dict[str, Any]:
    """The section of a system with its defaults filled in, so that an override may change one key of a source."""
    try:
        return {"environment": system_named(system, "audit").options().model_dump(mode="json")}
    except ValidationError:  # it has fields without a default
        return {}


def _of_records(source: AuditSource, records: str, reward: str) -> dict[str, Any]:
    data: dict[str, Any] = {"path": records}
    if source.kind is not None:
        data["kind"] = source.kind
    if source.columns:
        data["columns"] = dict(source.columns)
    if source.images:
        data["images"] = source.images
    function = {"function": reward, "completions": "messages" if source.messages else "text"}
    environment = {"train": data, "evaluate": data, "prompt": source.prompt, "reward": [function]}
    return {"system": "records", "environment": environment}


def _sources(source: AuditSource, system: System) -> tuple[Path, ...]:
    """Where the reward's code lies: users' files, the module of a function, the folder of a system of this package."""
    found = list(loaded_files())
    if names_code(source.target):
        found += _file_of(load_object(source.target, where="audit", default="SYSTEM"))
    found += [file.parent for file in _file_of(system.prepare) if file.is_relative_to(_PACKAGE)]
    return tuple(dict.fromkeys(found))


def _file_of(found: Any) -> list[Path]:
    """The file that defines a function, none where it is no function."""
    file = inspect.getsourcefile(inspect.unwrap(found)) if inspect.isfunction(found) else None
    return [] if file is None else [Path(file).resolve()]


def _refuse_filled(out: Path, force: bool) -> None:
    if not (out.exists() and any(out.iterdir())):
        return
    if not force:
        raise AsterismError("already holds something", where=str(out), remedy="Give another --out, or --force.")
    if not (out / AUDIT).is_file():
        raise AsterismError("holds no audit", where=str(out), remedy="Give another --out; only audits are replaced.")
    shutil.rmtree(out)


def _hostile(source: AuditSource, limit: float, advance: Callable[[int], None]) -> list[Hostile]:
    from asterism.runs.hostile import try_hostile

    return try_hostile(source, limit, advance)


def _blind_floor(model: str, suite: Suite, tasks: Sequence[Task], seed: int, quiet: bool) -> BlindFloor:
    from asterism.runs.blind import blind_floor

    return blind_floor(model, suite, tasks, seed, quiet)
