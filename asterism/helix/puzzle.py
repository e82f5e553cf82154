"""What every task of this wing is: a typed state, and everything that can be said about it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import JsonValue, TypeAdapter, ValidationError

from asterism.core.errors import AsterismError
from asterism.core.seeds import rng_for
from asterism.core.validation import first_error
from asterism.helix.canvas import Canvas
from asterism.helix.difficulty import changed_parameters
from asterism.helix.unwrapping import Statement, candidates, says_nothing, statements
from asterism.helix.unwrapping.statements import LONGEST
from asterism.helix.wording import Language, Wording, prompt

Category = Literal["algorithms", "graphs", "puzzles", "games"]
Code = Literal["right", "missing", "form", "rule", "claim"]
"""Why an answer is as it is: right; none given; not in the asked form; breaks a rule; claims what is not so."""

LEVELS = (1, 2, 3, 4, 5)

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier says; ``detail`` tells a person more."""

    code: Code
    detail: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer solves the task."""
        return self.code == "right"


RIGHT = Verdict("right")


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence or two of worked reasoning, and what it claims in a form that :meth:`Puzzle.holds` can check."""

    part: Literal["rules", "reading", "search", "check", "answer"]
    text: str
    claim: JsonValue = None


class Puzzle(ABC, Generic[State]):
    """One task. Objects of it hold nothing; everything is a function of a state.

    A state is a frozen dataclass of numbers, strings and tuples: what a player sees, and never a solution. Equal states
    are equal puzzles.
    """

    name: ClassVar[str]
    """As in commands and file names: lower case, words joined by underscores."""
    title: ClassVar[Wording]
    category: ClassVar[Category]
    form: ClassVar[str]
    """What an answer is, in a word or two: integer, grid, cells, moves, ..."""
    unique: ClassVar[bool]
    """Whether every state has one solution, certified by a solver."""
    decision: ClassVar[bool] = False
    """Whether "there is none" may be the right answer."""
    two_sided: ClassVar[bool] = False
    """Whether a state shows two things side by side whose order does not matter to the answer; see :meth:`mirrored`."""
    state_type: ClassVar[type]
    levels: ClassVar[Mapping[int, Any]]
    """Parameters of levels 1 to 5."""
    reference: ClassVar[Mapping[int, Any]] = {}
    """The published parameters, where they differ and are possible."""

    def instance(
        self,
        level: int,
        seed: int,
        index: int,
        *,
        reference: bool = False,
        config: Mapping[str, JsonValue] = MappingProxyType({}),
    ) -> State:
        """The instance of these names, the same in every process; ``config`` are parameters other than the level's.

        Raises:
            AsterismError: the level is not 1 to 5, a parameter is unknown, or nothing was found within bounds.
        """
        parameters = self.parameters(level, reference=reference, config=config)
        rng = rng_for("helix", self.name, level, seed, index)
        if not config:
            return self.generate(parameters, rng)
        try:
            return self.generate(parameters, rng)
        except AsterismError:
            raise
        except Exception as error:  # an edge: generators are proven for their levels, not for whatever a user asks for
            raise AsterismError(
                f"{self.name}: no instance with {parameters} ({type(error).__name__}: {error})",
                remedy="Give parameters nearer to those of a level.",
            ) from error

    def parameters(
        self, level: int, *, reference: bool = False, config: Mapping[str, JsonValue] = MappingProxyType({})
    ) -> Any:
        """The parameters of a level, those in ``config`` in place of its own.

        Raises:
            AsterismError: the level is not 1 to 5, or a parameter is unknown or not possible.
        """
        levels = {**self.levels, **self.reference} if reference else self.levels
        if level not in levels:
            raise AsterismError(f"{self.name} has no level {level}", remedy="Levels are 1 to 5.")
        return changed_parameters(self.name, levels[level], config)

    @abstractmethod
    def generate(self, parameters: Any, rng: Random) -> State:
        """An instance with these parameters.

        Raises:
            AsterismError: none was found within a bounded number of tries (see :func:`exhausted`).
        """

    @abstractmethod
    def solve(self, state: State) -> str | None:
        """An answer in exactly the asked form; None where there is none. Complete: it does not give up."""

    def count(self, state: State) -> int:
        """How many solutions there are: 0, 1, or 2 for more."""
        raise NotImplementedError(f"{self.name} promises no single solution")

    @abstractmethod
    def verify_answer(self, state: State, answer: str) -> Verdict:
        """Whether an answer, stripped of everything around it, solves the instance. Never raises."""

    @abstractmethod
    def draw(self, state: State) -> Canvas:
        """The image, its long side 448 to 1,024 pixels."""

    @abstractmethod
    def text(self, state: State) -> str:
        """The same instance without an image."""

    @abstractmethod
    def rules(self, state: State) -> Wording:
        """The rules, how coordinates run, and the form of the answer with an example of the right size.

        One text for the version with an image and that without; the example is of another instance.
        """

    @abstractmethod
    def reasoning(self, state: State) -> list[Step]:
        """Worked reasoning: rules, what is seen, a search with at least one rejected branch if any, a check."""

    @abstractmethod
    def holds(self, state: State, claim: JsonValue) -> bool:
        """Whether what a step of the reasoning claims is so."""

    @abstractmethod
    def effort(self, state: State) -> float:
        """How hard it is, by a measure that rises with the level: length of the shortest solution, nodes searched."""

    @abstractmethod
    def guess(self, state: State, rng: Random) -> str:
        """An answer of the right form by somebody who does not think."""

    def thinned(self, state: State, rng: Random) -> Iterator[State]:
        """The instance with one clue less, in random order; for tasks with a single solution."""
        raise NotImplementedError(f"{self.name} promises no single solution")

    def mirrored(self, state: State) -> State:
        """The same instance with the two things exchanged that it shows side by side, where the task is two-sided."""
        raise NotImplementedError(f"{self.name} shows no two things side by side")

    def verify(self, state: State, text: str) -> Verdict:
        """Whether what a model wrote solves the instance. Never raises; linear in the length of the text."""
        unread = Verdict("missing", "no answer was found")
        for group in statements(text):
            judged = [(each, self._judged(state, each)) for each in group]
            verdict = _agreed(judged)
            if verdict is not None:
                return verdict
            unread = judged[-1][1] if judged and unread.code == "missing" else unread
        return unread

    def _judged(self, state: State, statement: Statement) -> Verdict:
        """The verdict on the first reading of a statement that has the form asked for."""
        unread = Verdict("form", "nothing of the form that was asked for")
        if statement.doubted:
            return Verdict("form", "the answer is doubted or taken back")
        if len(statement.content) > LONGEST:
            return Verdict("form", "longer than any answer")
        for number, reading in enumerate(candidates(statement.content)):
            verdict = self.verify_answer(state, reading)
            if verdict.code != "form":
                return verdict
            unread = verdict if number == 0 else unread
        return unread

    def prompt(self, state: State, *, pictured: bool, language: Language = "en") -> str:
        """What a model is asked, with an image or with the instance as text."""
        return prompt(self.title, self.rules(state), None if pictured else self.text(state), language)

    def dump(self, state: State) -> JsonValue:
        """The state as JSON."""
        return _form(self.state_type).dump_python(state, mode="json")  # type: ignore[no-any-return]

    def load(self, value: JsonValue) -> State:
        """The state that was dumped.

        Raises:
            AsterismError: it is not one of this task.
        """
        try:
            return _form(self.state_type).validate_python(value)  # type: ignore[no-any-return]
        except ValidationError as error:
            raise AsterismError(
                f"not a state of {self.name} ({first_error(error)})",
                remedy="Give a state that this task has written.",
            ) from error


def _agreed(judged: Sequence[tuple[Statement, Verdict]]) -> Verdict | None:
    """The verdict on statements, from the first on that is said to be the answer; None where none could be read.

    Right and wrong ones together are two answers, and none; so is one that could be read before a last that could not.
    """
    read = [place for place, (_, verdict) in enumerate(judged) if verdict.code != "form"]
    if not read:
        return None
    first = next((place for place in read if judged[place][0].cued), read[0])
    verdicts = [judged[place][1] for place in read if place >= first]
    ending = [each for each, _ in judged[read[-1] + 1 :] if each.boxed or not says_nothing(each.content)]
    tags = [verdict for each, verdict in judged if each.tag and verdict.code == "form"]
    if ending or tags or len({verdict.right for verdict in verdicts}) > 1:
        return Verdict("form", "two different answers are given")
    return verdicts[-1]


def exhausted(name: str, parameters: Any, tries: int) -> AsterismError:
    """The error of a generator whose tries are used up."""
    return AsterismError(
        f"{name}: no instance with {parameters} in {tries:,} tries", remedy="Give other parameters or another seed."
    )


@cache
def _form(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
