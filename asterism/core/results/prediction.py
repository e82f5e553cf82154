"""What a model wrote for one record, before it is graded, and the append-only file of that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from asterism.core.errors import AsterismError
from asterism.core.lines import LineLog, read_lines

Key = tuple[str, int]
"""A record's id and the number of the sample, from 0."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One line of ``completions.jsonl``: a completion, or why there is none (``failure``, else empty).

    ``seconds`` is the time of the batch divided by its completions; ``truncated`` tells that a limit cut it off.
    ``token_ids`` are those of the completion where they are known.
    """

    id: str
    sample: int
    completion: str
    failure: str = ""
    seconds: float = 0.0
    tokens: int = 0
    truncated: bool = False
    token_ids: tuple[int, ...] = ()

    @property
    def key(self) -> Key:
        """What names it: the record and the sample."""
        return self.id, self.sample


class _Given(BaseModel):
    """A line that somebody brings: ``id`` and ``completion`` are enough."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1)
    sample: int = Field(0, ge=0)
    completion: str = ""
    failure: str = ""
    seconds: float = 0.0
    tokens: int = 0
    truncated: bool = False
    token_ids: tuple[int, ...] = Field((), strict=False)

    @model_validator(mode="before")
    @classmethod
    def _has_content(cls, value: object) -> object:
        if isinstance(value, dict) and "completion" not in value and not value.get("failure"):
            raise ValueError("completion: a prediction needs one (it may be empty)")
        return value


PredictionLog = LineLog[Prediction]
"""Appends predictions to a file, each on disk before the next is asked for."""


def read_completions(path: Path) -> dict[Key, Prediction]:
    """The predictions of ``completions.jsonl``, empty where there is no such file.

    A record that failed and was asked again stands there twice; what was written last counts, but a failure never
    replaces a completion. A half-written last line is left out.

    Raises:
        AsterismError: a whole line is no prediction.
    """
    found: dict[Key, Prediction] = {}
    if path.is_file():
        remedy = "Remove the line; the record is then asked again."
        for _, prediction in read_lines(path, Prediction, strict=True, remedy=remedy):
            if prediction.key not in found or found[prediction.key].failure:
                found[prediction.key] = prediction
    return found


def read_predictions(path: Path, known: Iterable[str]) -> dict[Key, Prediction]:
    """A file of ready predictions: ``{"id": ..., "completion": ...}`` a line, ``sample`` where there are several.

    Raises:
        AsterismError: the file is missing or empty, a line is no prediction, an id is not among the ``known``, or a
            record has two predictions for one sample.
    """
    if not path.is_file():
        raise AsterismError(
            "no predictions found", where=str(path), remedy="Give a JSONL file with an id and a completion a line."
        )
    ids = set(known)
    found: dict[Key, Prediction] = {}
    unknown: list[tuple[int, str]] = []
    for number, line in read_lines(path, _Given, torn=False, remedy="Fix or remove the line; see docs/evaluating.md."):
        prediction = Prediction(**line.model_dump())
        if prediction.id not in ids:
            unknown.append((number, prediction.id))
        elif found.setdefault(prediction.key, prediction) is not prediction:
            raise AsterismError(
                f"record {prediction.id!r} has two predictions for sample {prediction.sample}",
                where=f"{path}:{number}",
                remedy="Keep one, or number the samples of a record from 0.",
            )
    if unknown:
        raise _unknown_ids(path, unknown)
    if not found:
        raise AsterismError("holds no predictions", where=str(path), remedy="Give one JSON object a line.")
    return found


def samples_of(predictions: Mapping[Key, Prediction]) -> int:
    """How many samples a record has at most."""
    return 1 + max((sample for _, sample in predictions), default=0)


def _unknown_ids(path: Path, unknown: Sequence[tuple[int, str]]) -> AsterismError:
    named = ", ".join(repr(name) for _, name in unknown[:5]) + (", …" if len(unknown) > 5 else "")
    ids = "id is" if len(unknown) == 1 else "ids are"
    return AsterismError(
        f"{len(unknown)} {ids} not among the records measured: {named}",
        where=f"{path}:{unknown[0][0]}",
        remedy="Give the records that these predictions are about, or drop the lines.",
    )
