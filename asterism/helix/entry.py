"""One instance as it is asked: question, images and answer, and the state by which whatever is said is verified."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.helix.catalogue import puzzle_of
from asterism.helix.puzzle import Puzzle, Verdict
from asterism.helix.wording import Language


@dataclass(frozen=True, slots=True)
class Name:
    """What an instance is drawn from: ``reference`` parameters are the published ones, ``config`` is JSON of others."""

    task: str
    level: int
    seed: int
    index: int
    reference: bool = False
    config: str = ""

    def __str__(self) -> str:
        ending = "-reference" if self.reference else ""
        if self.config:
            ending += f"-{hashlib.sha256(self.config.encode()).hexdigest()[:8]}"
        return f"{self.task}-{self.level}-{self.seed}-{self.index:05d}{ending}"


@dataclass(frozen=True, slots=True)
class Entry(Mapping[str, Any]):
    """A question with one right answer (others may be right as well).

    It is a mapping too, of ``question``, ``answer``, ``images``, ``metadata`` and ``task``: ``entry["question"]``.

    ``metadata`` is JSON: ``category``, ``level``, ``seed``, ``index``, ``reference``, ``state``, ``unique`` (whether
    the solution is the only one) and ``question_text`` (the question with the instance as text). Entries with
    difficulty parameters of their own have them as ``config``. Entries of one instance in two orders have a ``pair``,
    the fingerprint of the first order.
    """

    task: str
    question: str
    images: tuple[Image, ...]
    answer: str
    metadata: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        match key:
            case "question":
                return self.question
            case "answer":
                return self.answer
            case "images":
                return self.images
            case "metadata":
                return self.metadata
            case "task":
                return self.task
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(("question", "answer", "images", "metadata", "task"))

    def __len__(self) -> int:
        return 5

    @property
    def name(self) -> Name:
        """What it was drawn from."""
        given = self.metadata
        config = written_config(given.get("config", {}))
        return Name(self.task, given["level"], given["seed"], given["index"], given["reference"], config)

    @property
    def id(self) -> str:
        """Its name, and whether it is the other order of that instance."""
        mirrored = self.metadata.get("pair", self.fingerprint) != self.fingerprint
        return f"{self.name}-mirrored" if mirrored else str(self.name)

    @property
    def fingerprint(self) -> str:
        """Of its state (see :func:`fingerprint`)."""
        return _hashed(self.task, self.metadata["state"])


def entry_of(name: Name, state: Any, *, pictured: bool = True, language: Language = "en") -> Entry:
    """The entry of a state, with an image or with the instance as text.

    Raises:
        AsterismError: no such task, or the state has no solution.
    """
    puzzle = puzzle_of(name.task)
    answer = puzzle.solve(state)
    if answer is None:
        raise AsterismError(f"{name} has no solution", remedy="Give another seed; such an instance is a fault of ours.")
    written = puzzle.prompt(state, pictured=False, language=language)
    return Entry(
        task=name.task,
        question=puzzle.prompt(state, pictured=True, language=language) if pictured else written,
        images=(puzzle.draw(state).image(),) if pictured else (),
        answer=answer,
        metadata={
            "category": puzzle.category,
            "level": name.level,
            "seed": name.seed,
            "index": name.index,
            "reference": name.reference,
            "state": puzzle.dump(state),
            "unique": puzzle.unique,
            "question_text": written,
            **({"config": json.loads(name.config)} if name.config else {}),
        },
    )


def written_config(config: Mapping[str, JsonValue]) -> str:
    """Difficulty parameters as the JSON by which they are named; nothing where there are none."""
    return json.dumps(dict(config), sort_keys=True, separators=(",", ":")) if config else ""


def fingerprint(puzzle: Puzzle[Any], state: Any) -> str:
    """SHA-256 (hex) of a task's name and a state as JSON with sorted keys; equal states have equal ones."""
    return _hashed(puzzle.name, puzzle.dump(state))


def verify_answer(text: str | None, entry: Entry) -> Verdict:
    """What the verifier says of a model's whole text, or of a bare answer, from the entry's state alone.

    Raises:
        AsterismError: the entry is of no known task, or its state is none of that task.
    """
    puzzle = puzzle_of(entry.task)
    return puzzle.verify(puzzle.load(entry.metadata["state"]), text or "")


def score_answer(text: str | None, entry: Entry) -> float:
    """1 where an answer is right, else 0 (see :func:`verify_answer`)."""
    return float(verify_answer(text, entry).right)


def _hashed(task: str, dumped: Any) -> str:
    canonical = json.dumps([task, dumped], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
