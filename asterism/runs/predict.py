"""Asking the records of a run: a local model, a server, or a file of ready predictions."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from asterism.core.config import Config, apply_overrides
from asterism.core.errors import AsterismError
from asterism.core.lines import write_lines
from asterism.core.results.prediction import PredictionLog, read_completions, read_predictions, samples_of
from asterism.evaluate.generate import complete
from asterism.rollout.engine import Engine
from asterism.runs.plan import COMPLETIONS, Plan, arm_folder, open_run, weights_digest
from asterism.runs.progress import stage

CHUNK = {"local": 64, "api": 256}
"""Records given to an engine at a time: what is lost when the process is killed, save what a server's cache keeps."""


class AnswererOptions(Config):
    """Who is to answer: a local model, one behind a server, or a file of ready predictions."""

    model: str | None = Field(
        None, description="a model's folder or hub id, or tiny (the embedded model); with --api its name at the server"
    )
    api: str | None = Field(None, description="URL of a server with the OpenAI interface")
    server: tuple[str, ...] = Field((), description="key=value, a setting of the server, such as concurrency=64")
    served: Path | None = Field(
        None, description="folder that the server serves: what is never sampled here is not sampled there either"
    )
    predictions: Path | None = Field(None, description="JSONL of ready predictions: id, completion")
    device: str = Field("cpu", description="torch device of local models")
    dtype: Literal["float32", "bfloat16"] = Field("float32", description="type of a local model's weights")


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers: which model, and where it is; ``served`` is the folder that a server serves, where it is known."""

    source: Literal["local", "api", "predictions"]
    model: str
    weights: str = ""
    url: str = ""
    served: str = ""
    device: str = "cpu"
    dtype: str = "float32"

    @classmethod
    def of(
        cls,
        model: str | None,
        api: str | None,
        predictions: Path | None,
        *,
        served: Path | None = None,
        device: str = "cpu",
        dtype: str = "float32",
    ) -> Self:
        """What is named: see :class:`AnswererOptions`.

        Raises:
            AsterismError: they name nobody, or more than one.
        """
        if served is not None and api is None:
            raise AsterismError("--served names what a server serves", remedy="Give it with --api.")
        if predictions is not None:
            if model or api:
                raise AsterismError("ready predictions need no model", remedy="Leave --model and --api out.")
            return cls("predictions", predictions.name, _file_digest(predictions))
        if api is not None:
            if not model:
                raise AsterismError(
                    "the server's model is not named", remedy="Name it with --model (--judge-model for a judge)."
                )
            if served is None:
                return cls("api", model, url=api)
            return cls("api", model, weights_digest(str(served)), url=api, served=str(served))
        if not model:
            raise AsterismError(
                "no model to ask", remedy="Give --model tiny, --model FOLDER, --api URL or --predictions FILE."
            )
        return cls("local", model, weights_digest(model), device=device, dtype=dtype)

    @contextmanager
    def engine(self, cache: Path, server: Sequence[str]) -> Iterator[Engine]:
        """The engine: the model in this process, or the server, whose replies are kept in ``cache``.

        ``server`` are settings of it, ``key=value`` each (see :class:`asterism.llm.config.ServerConfig`).

        Raises:
            AsterismError: the model cannot be loaded, or a setting is wrong.
        """
        if self.source == "api":
            from asterism.llm.client import Client
            from asterism.llm.config import ServerConfig
            from asterism.rollout.api import ApiEngine

            values = apply_overrides({"url": self.url, "model": self.model, "cache": str(cache)}, list(server))
            never = self._never()
            with Client(ServerConfig.parse(values, where="the server")) as client:
                yield ApiEngine(client, never=never)
            return
        from asterism.rollout.local import LocalEngine
        from asterism.runs.recipe import ModelConfig
        from asterism.runs.session import open_model

        values = {"path": self.model, "device": self.device, "dtype": self.dtype}
        yield LocalEngine(open_model(ModelConfig.parse(values, where="--model")))

    def _never(self) -> tuple[int, ...]:
        """What the local engine would never sample of the model that is served, where its folder is known."""
        if not self.served:
            return ()
        from asterism.policy.source import read_suppressed

        return read_suppressed(Path(self.served))


def ask_arms(plan: Plan, out: Path, answerer: Answerer, server: Sequence[str], *, quiet: bool) -> None:
    """Have every arm of a run answered that is not, resuming where an interrupted run stopped.

    Raises:
        AsterismError: the model cannot be loaded, or the server ends the run; what it answered is kept.
    """
    done = {name: _done(arm_folder(out, name)) for name in plan.arms}
    wanted = plan.config.count * plan.config.samples
    if all(len(keys) >= wanted for keys in done.values()):
        return
    with answerer.engine(out / "cache", server) as engine:
        for name in plan.arms:
            tasks = plan.of_arm(name)
            with (
                stage(f"Asking ({name})", wanted, quiet=quiet) as advance,
                PredictionLog(arm_folder(out, name) / COMPLETIONS) as log,
            ):
                complete(
                    engine,
                    tasks,
                    plan.prompt_of,
                    plan.config.sampling,
                    samples=plan.config.samples,
                    seed=plan.config.seed,
                    chunk=CHUNK[answerer.source],
                    done=done[name],
                    on_progress=advance,
                    on_prediction=log.append,
                )


def take_predictions(plan: Plan, file: Path, out: Path) -> Plan:
    """Begin a run with ready predictions as what the model said; returns its plan.

    Raises:
        AsterismError: the file is broken, holds an id that is not measured, or the folder holds another run.
    """
    found = read_predictions(file, [task.id for task in plan.tasks])
    plan = open_run(replace(plan, config=plan.config.model_copy(update={"samples": samples_of(found)})), out)
    write_lines(out / COMPLETIONS, (found[key] for key in sorted(found)))
    return plan


def _done(folder: Path) -> frozenset[tuple[str, int]]:
    """What need not be asked: everything that has a completion."""
    return frozenset(key for key, each in read_completions(folder / COMPLETIONS).items() if not each.failure)


def _file_digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
