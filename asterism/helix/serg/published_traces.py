"""The published MM-HELIX-100K (arXiv 2510.08540) as records with traces.

Its schema is not documented, so columns are found by name: letter case, blanks, hyphens and underscores do not matter,
and each field has the names that stand in :data:`NAMES`. Where a field is needed and none of its names is there, the
error says which columns there are.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.records import write_records
from asterism.core.rows import FOLDER, table_rows
from asterism.core.task import Task
from asterism.helix.published_grading import NOT_GRADED, grade_published, grader_of
from asterism.helix.published_rows import Row, literal, read_image
from asterism.helix.serg.teacher import framed

FAMILY = "mm_helix_100k/"
TEACHER = "published"

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "uid", "index", "idx"),
    "category": ("category", "task", "tasktype", "taskname", "puzzle", "type"),
    "level": ("difficulty", "level", "difficultylevel"),
    "images": ("images", "image", "imagepath", "imagepaths"),
    "question": ("question", "questionimage", "prompt", "problem"),
    "question_text": ("questionlanguage", "questiontext", "textquestion", "languagequestion"),
    "initial_state": ("initialstate", "state"),
    "answer": ("answer", "groundtruth", "solution", "gt"),
    "rule_trace": ("rulecot", "rulebasedcot", "cotrule", "ruletrace", "skeleton", "skeletoncot", "rulebased"),
    "trace": ("finalcot", "cotfinal", "enhancedcot", "sergcot", "expertresponse", "response", "trace", "output", "cot"),
}
"""Our field, and the columns that may hold it, the likeliest first; only letters and digits are compared."""
NEEDED = ("category", "question", "answer", "trace")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The records file, and what was read and left out, by reason."""

    records: Path
    report: dict[str, Any]


def load_published(path: Path, out: Path) -> Loaded:
    """Write the rows of a file, or of a folder of files, that have a trace as ``out/records.jsonl``.

    A row whose trace ends with another answer than the row's is left out (``answer``), as far as its task can be graded
    from what a row holds; one without a trace (``no trace``), without a readable image (``image``) or of another
    form (``form``) too. ``meta.verdict`` is ``right``, or ``not graded``.

    Raises:
        AsterismError: the file cannot be read, lacks a column, or holds no row that is kept.
    """
    counts: Counter[str] = Counter()
    file = write_records(out, _tasks(path, counts))
    kept = counts.pop("kept", 0)
    graded = counts.pop("right", 0)
    if not kept:
        raise AsterismError("holds no row with a trace that can be kept", where=str(path), remedy=f"Left out: {counts}")
    report = {"read": kept + counts.total(), "kept": kept, "verified": graded, "rejected": dict(counts.most_common())}
    return Loaded(file, report)


def _tasks(path: Path, counts: Counter[str]) -> Iterator[Task]:
    seen: set[str] = set()
    forms: dict[tuple[str, ...], dict[str, str]] = {}
    for number, values in enumerate(table_rows(path)):
        form = tuple(values)
        if form not in forms:
            forms[form] = _columns(values)
        if number == 0:  # later rows may lack a column, and are counted then
            _check(forms[form], values, path)
        task = _task(values, forms[form], number, counts)
        if task is None:
            continue
        if task.id in seen:
            counts["id twice"] += 1
            continue
        seen.add(task.id)
        counts["kept"] += 1
        yield task


def _columns(values: Mapping[str, Any]) -> dict[str, str]:
    """Which column holds which field."""
    folded = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in values if name != FOLDER}
    found = {field: next((folded[name] for name in names if name in folded), None) for field, names in NAMES.items()}
    return {field: name for field, name in found.items() if name is not None}


def _check(columns: Mapping[str, str], values: Mapping[str, Any], path: Path) -> None:
    """Whether all fields that are needed have a column.

    Raises:
        AsterismError: one has none.
    """
    missing = [field for field in NEEDED if field not in columns]
    if missing:
        raise AsterismError(
            f"no column for {', '.join(missing)} among {', '.join(name for name in values if name != FOLDER)}",
            where=str(path),
            remedy=f"Rename one to {NAMES[missing[0]][0]!r}; all names: asterism/helix/serg/published_traces.py.",
        )


def _task(values: Mapping[str, Any], columns: Mapping[str, str], number: int, counts: Counter[str]) -> Task | None:
    """A row as a task; None, and counted, where it is left out."""
    given = {field: values[name] for field, name in columns.items() if values[name] not in (None, "")}
    trace = given.pop("trace", None)
    rule_trace = given.pop("rule_trace", None)
    if not isinstance(trace, str) or not trace.strip():
        counts["no trace"] += 1
        return None
    images = _images(given.pop("images", None), values[FOLDER], counts)
    if images is None:
        return None
    level = re.search(r"\d", str(given.get("level", "")))
    try:
        row = Row.model_validate({"id": str(number), **given, "level": int(level[0]) if level else 0})
    except ValidationError:
        counts["form"] += 1
        return None
    text = framed(trace)
    verdict = _verdict(row, text)
    if verdict not in ("right", NOT_GRADED):
        counts["answer"] += 1
        return None
    counts["right"] += verdict == "right"
    meta = {
        "level": row.level,
        "category": row.category,
        "initial_state": row.initial_state,
        "question_text": row.question_text,
        "rule_trace": rule_trace if isinstance(rule_trace, str) else "",
        "trace": text,
        "expert_response": text,
        "teacher": TEACHER,
        "verdict": verdict,
    }
    family = f"{FAMILY}{row.category}"
    return Task(row.id, images, row.question, row.answer, "short", family=family, meta=meta)


def _verdict(row: Row, text: str) -> str:
    if grader_of(row) is None:
        return NOT_GRADED
    (graded,) = grade_published({row.id: row}, {row.id: text})
    return graded.reason


def _images(cell: Any, folder: Path, counts: Counter[str]) -> tuple[Image, ...] | None:
    """The images of a cell: names of files, base64, bytes, or a list of these."""
    cell = literal(cell) if isinstance(cell, str) and cell.lstrip().startswith("[") else cell
    cells = cell if isinstance(cell, list) else [] if cell is None else [cell]
    try:
        found = tuple(_image(each, folder) for each in cells)
        for each in found:
            _ = each.digest
            each.forget()
    except AsterismError:
        counts["image"] += 1
        return None
    return found


def _image(cell: Any, folder: Path) -> Image:
    if isinstance(cell, Mapping):
        cell = cell.get("bytes") or cell.get("path")
    if isinstance(cell, bytes):
        return Image.from_bytes(cell, "an image")
    return read_image(str(cell), folder, "an image")
