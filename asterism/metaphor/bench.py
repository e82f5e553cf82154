"""What is measured: statements (tfq), choices (mcq) and open answers (osq) about what images imply.

Source: MetaphorStar (arXiv 2602.10575), evaluation; the prompt modes of ``mcq`` are those of II-Bench.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from asterism.core.errors import AsterismError
from asterism.core.task import Kind, Task
from asterism.metaphor.modes import plainly, step_by_step, with_hints
from asterism.metaphor.prompts import prompt_style
from asterism.metaphor.scenes.questions import OPEN_QUESTION

FEW_SHOT = "few-shot"
"""The mode whose prompt depends on examples; see :func:`asterism.metaphor.modes.after`."""

OPEN_QUESTION_ZH = "这张图片隐含着什么意思？"
SHORTEST_REFERENCE = 12
"""Characters that a reference for an open answer has at least; a Chinese one half as many."""

PromptOf = Callable[[Task], str]


@dataclass(frozen=True, slots=True)
class Bench:
    """One kind of measurement: the kinds of record that it takes, and the prompt of each mode, the usual one first."""

    name: str
    kinds: tuple[Kind, ...]
    modes: Mapping[str, PromptOf | None]
    task_of: Callable[[Task], Task]

    def tasks(self, records: Sequence[Task]) -> list[Task]:
        """The records as this bench asks them; those of other kinds are left out.

        Raises:
            AsterismError: none is of the right kind.
        """
        found = [self.task_of(record) for record in records if record.kind in self.kinds]
        if not found:
            kinds = ", ".join(sorted({record.kind for record in records}))
            raise AsterismError(
                f"no record for the bench {self.name}: it takes {' or '.join(self.kinds)}, and these are {kinds}",
                remedy="Give other records, or the bench that is meant for these.",
            )
        return found


def open_task(record: Task) -> Task:
    """The open question about a record's image, with the human explanation as its reference.

    An ``osq`` record keeps its question and answer. Of an ``mcq`` record the question becomes one and the same for all,
    in Chinese where the record is, and the reference is ``meta["explanation"]``, after ``meta["metaphorical_meaning"]``
    where there is one. A reference too short to be one is None, and the answer is then not judged.
    """
    if record.kind == "osq":
        return replace(record, answer=_usable(record.answer or ""))
    meaning = (record.meta.get("metaphorical_meaning"), record.meta.get("explanation"))
    reference = "; ".join(part.strip() for part in meaning if isinstance(part, str) and part.strip())
    question = OPEN_QUESTION_ZH if _chinese(record.question) else OPEN_QUESTION
    return replace(record, question=question, options=(), answer=_usable(reference), kind="osq")


BENCHES: Mapping[str, Bench] = MappingProxyType(
    {
        bench.name: bench
        for bench in (
            Bench(
                "tfq",
                ("tfq",),
                {"think": prompt_style("full"), "short": prompt_style("short")},
                lambda record: record,
            ),
            Bench(
                "mcq",
                ("mcq",),
                {
                    "think": prompt_style("full"),
                    "none": plainly,
                    "cot": step_by_step,
                    "keywords": with_hints,
                    FEW_SHOT: None,
                },
                lambda record: record,
            ),
            Bench(
                "osq",
                ("mcq", "osq"),
                {"think": prompt_style("full"), "short": prompt_style("short")},
                open_task,
            ),
        )
    }
)
"""The benches by name."""

HIGH_LEVEL = "high-level"
SUBSETS: Mapping[str, frozenset[str]] = MappingProxyType(
    {HIGH_LEVEL: frozenset({*(f"dev-{n}" for n in range(1, 36)), *(f"test-{n}" for n in range(1, 16))})}
)
"""Named subsets, by the last part of a record's id. ``high-level`` is II-Bench's dev set and the first 15 of its test
set: 50 records that show 44 different images."""


def subset(records: Sequence[Task], name: str) -> list[Task]:
    """The records of a named subset, by the part of their id after the last ``/`` or ``:``.

    Raises:
        AsterismError: there is none.
    """
    found = [record for record in records if re.split(r"[/:]", record.id)[-1] in SUBSETS[name]]
    if not found:
        raise AsterismError(
            f"none of the {len(records)} records belongs to the subset {name}",
            remedy="Its ids end in dev-1 to dev-35 and test-1 to test-15, as II-Bench names them.",
        )
    return found


def _usable(reference: str) -> str | None:
    text = reference.strip()
    shortest = SHORTEST_REFERENCE // 2 if _chinese(text) else SHORTEST_REFERENCE
    return text if len(text) >= shortest else None


def _chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
