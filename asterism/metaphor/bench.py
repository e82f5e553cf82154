"""What is measured: statements (tfq), choices (mcq) and open answers (osq) about what images imply.

Source: MetaphorStar (arXiv 2602.10575), evaluation; the prompt modes of ``mcq`` and the labels are those of II-Bench.
"""

from collections.abc import Sequence
from dataclasses import replace

from asterism.core.task import Task
from asterism.evaluate.benchmark import Bench, FewShot, Subset
from asterism.evaluate.openended import OpenAnswers
from asterism.evaluate.options import Choices
from asterism.evaluate.truefalse import Statements
from asterism.evaluate.units import Scored, Unit, all_right
from asterism.metaphor.modes import after, plainly, step_by_step, with_hints
from asterism.metaphor.panels import split_panels
from asterism.metaphor.prompts import prompt_style
from asterism.metaphor.rubric import RUBRIC
from asterism.metaphor.scenes.questions import OPEN_QUESTION

LABELS = ("domain", "emotion", "rhetoric", "difficulty", "image_type", "level")
"""The entries of ``meta`` by which figures are broken down: II-Bench's labels, and the level of a statement."""

OPEN_QUESTION_ZH = "这张图片隐含着什么意思？"
SHORTEST_REFERENCE = 12
"""Characters that a reference for an open answer has at least; a Chinese one half as many."""

HIGH_LEVEL = "high-level"
SUBSETS = {
    HIGH_LEVEL: Subset(
        frozenset({*(f"dev-{n}" for n in range(1, 36)), *(f"test-{n}" for n in range(1, 16))}),
        "Its ids end in dev-1 to dev-35 and test-1 to test-15, as II-Bench names them.",
    )
}
"""``high-level`` is II-Bench's dev set and the first 15 of its test set: 50 records that show 44 different images."""


def twin_pairs(scored: Sequence[Scored], cluster_key: str | None = None) -> list[Unit]:
    """One unit for every pair of twins and sample: right when the probing statements of both sides are right.

    Twins are scenes that differ only in who does what to whom. ``meta["twin"]`` names the pair,
    ``meta["twin_side"]`` is 0 or 1, and ``meta["twin_probe"]`` marks the statements that tell the two apart. A pair of
    which only one side was measured is left out.
    """
    groups: dict[tuple[str, int], list[Scored]] = {}
    for item in scored:
        if item.task.meta.get("twin") is not None and item.task.meta.get("twin_probe"):
            groups.setdefault((str(item.task.meta["twin"]), item.result.sample), []).append(item)
    whole = {
        key: members
        for key, members in groups.items()
        if {member.task.meta.get("twin_side") for member in members} == {0, 1}
    }
    if cluster_key is None:
        return [Unit(key, float(all(member.value == 1 for member in whole[key])), key[0]) for key in whole]
    return [all_right(key, members, cluster_key) for key, members in whole.items()]


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


STATEMENTS = Statements(more={"twin_pairs": twin_pairs}, level="level", labels=LABELS)
"""The measures of TFQ-Bench: accuracy per statement and level, all-correct per image, both twins right."""

BENCHES = (
    Bench(
        "tfq",
        "TFQ-Bench: true/false statements about what images imply",
        ("tfq",),
        {"think": prompt_style("full"), "short": prompt_style("short")},
        STATEMENTS,
        subsets=SUBSETS,
        panels=split_panels,
        trained=True,
    ),
    Bench(
        "mcq",
        "multiple choice about what images imply, in II-Bench's modes",
        ("mcq",),
        {
            "think": prompt_style("full"),
            "none": plainly,
            "cot": step_by_step,
            "keywords": with_hints,
            "few-shot": FewShot(after),
        },
        Choices(labels=LABELS),
        subsets=SUBSETS,
        panels=split_panels,
        trained=True,
    ),
    Bench(
        "osq",
        "open questions about what images imply, marked by a judge",
        ("mcq", "osq"),
        {"think": prompt_style("full"), "short": prompt_style("short")},
        OpenAnswers(labels=LABELS),
        task_of=open_task,
        subsets=SUBSETS,
        panels=split_panels,
        rubric=RUBRIC,
    ),
)


def _usable(reference: str) -> str | None:
    text = reference.strip()
    shortest = SHORTEST_REFERENCE // 2 if _chinese(text) else SHORTEST_REFERENCE
    return text if len(text) >= shortest else None


def _chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
