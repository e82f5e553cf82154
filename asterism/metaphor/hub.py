"""The three-column layout of the hub sets TFQ-Data and TFQ-Bench: ``images, problem, answer``, one row a statement.

The layout holds images, statements and labels in order, and nothing else: ids, levels and meta stay behind. The
problem begins with one ``<image>`` an image: the published trainer shows an image only where that word stands.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asterism.answers.truth import truth_label
from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.image_cache import ImageCache
from asterism.core.rows import FOLDER, arrow, table_rows
from asterism.core.task import Task

if TYPE_CHECKING:
    import pyarrow

PLACE = "<image>"
ROWS_AT_A_TIME = 256
DICTIONARY_BYTES = 256 * 1024 * 1024
"""So large that an image asked about ten times in a row group is stored in it once."""

_FEATURES = {
    "images": {"feature": {"_type": "Image"}, "_type": "Sequence"},
    "problem": {"dtype": "string", "_type": "Value"},
    "answer": {"dtype": "string", "_type": "Value"},
}
"""What the package ``datasets`` reads in a parquet file to show the bytes as images; versions before 4 and since."""


@dataclass(frozen=True, slots=True)
class HubFiles:
    """What :func:`write_hub` wrote."""

    parquet: Path
    lines: Path
    rows: int
    images: int


def write_hub(folder: Path, tasks: Iterable[Task], *, name: str = "train") -> HubFiles:
    """Write ``tfq`` tasks as ``folder/{name}.parquet`` (images inside) and ``folder/{name}.jsonl`` (images beside).

    Both open with ``datasets`` and with :func:`read_hub`. Tasks are drawn a few at a time, so memory stays flat;
    images are PNG, so none changes. Each file appears whole or not at all.

    Raises:
        AsterismError: a task is no answered ``tfq`` task, the extra ``data`` is not installed, or the disk is full.
    """
    pa = arrow()
    import pyarrow.parquet as pq

    parquet, lines = folder / f"{name}.parquet", folder / f"{name}.jsonl"
    names: set[str] = set()
    rows = 0
    with (
        whole_file(parquet) as beside,
        whole_file(lines) as text,
        pq.ParquetWriter(beside, _schema(pa), dictionary_pagesize_limit=DICTIONARY_BYTES) as table,
        text.open("w", encoding="utf-8") as out,
    ):
        for batch in _batches(tasks, ROWS_AT_A_TIME):
            columns: dict[str, list[Any]] = {"images": [], "problem": [], "answer": []}
            for task in batch:
                row = _row(task, folder)
                names.update(image["path"] for image in row["images"])
                out.write(json.dumps({**row, "images": [i["path"] for i in row["images"]]}, ensure_ascii=False) + "\n")
                for column, values in columns.items():
                    values.append(row[column])
            table.write_table(pa.table(columns, schema=_schema(pa)))
            rows += len(batch)
    return HubFiles(parquet, lines, rows, len(names))


def read_hub(path: Path, *, family: str = "metaphor/tfq") -> list[Task]:
    """The tasks of a hub set: a parquet, arrow, JSON or JSON-lines file, or a folder that holds such files.

    Rows about one image (by its pixels) form one group, named in ``meta["image"]``; a task is called by image and
    place in the group. Answers may be T/F, True/False or booleans. Equal images share one object, encoded in memory.

    Raises:
        AsterismError: nothing is there, a column is missing, an answer is no truth value, an image is broken.
    """
    return list(hub_tasks(table_rows(path), where=str(path), family=family))


def hub_tasks(rows: Iterable[Mapping[str, Any]], *, where: str, family: str) -> Iterator[Task]:
    """The task of each row of the layout; see :func:`read_hub`."""
    places: Counter[str] = Counter()
    cache = ImageCache()
    for number, row in enumerate(rows, start=1):
        place = f"{where}: row {number}"
        images = tuple(cache.image(entry, place) for entry in _image_cells(row, place))
        image_id = "+".join(image.digest[:16] for image in images) or "none"
        task_id = f"{image_id}/{places[image_id]}"
        places[image_id] += 1
        yield Task(
            task_id,
            images,
            _statement(row, len(images), place),
            _label(row, place),
            "tfq",
            family=family,
            meta={"image": image_id, "row": number - 1},
        )


def _schema(pa: Any) -> "pyarrow.Schema":
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [("images", pa.list_(image)), ("problem", pa.string()), ("answer", pa.string())]
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": _FEATURES}})})


def _row(task: Task, folder: Path) -> dict[str, Any]:
    label = truth_label(task.answer or "") if task.kind == "tfq" else None
    if label is None:
        raise AsterismError(
            f"a {task.kind} task with answer {task.answer!r} has no place in the hub layout",
            where=f"task {task.id}",
            remedy="Export true/false statements with an answer only.",
        )
    images = []
    for image in task.images:
        name = f"images/{image.digest[:16]}.png"
        if not (folder / name).exists():
            image.save(folder / name)
        images.append({"bytes": (folder / name).read_bytes(), "path": name})
        image.forget()
    return {"images": images, "problem": PLACE * len(images) + task.question, "answer": label}


def _image_cells(row: Mapping[str, Any], where: str) -> list[Any]:
    found = row.get("images", row.get("image"))
    if found is None:
        raise AsterismError("no column images", where=where, remedy="The layout is images, problem, answer.")
    entries = found if isinstance(found, list) else [found]
    folder = row.get(FOLDER)
    return [folder / entry if folder is not None and isinstance(entry, str) else entry for entry in entries]


def _statement(row: Mapping[str, Any], images: int, where: str) -> str:
    problem = row.get("problem")
    if not isinstance(problem, str) or not problem.replace(PLACE, "").strip():
        raise AsterismError("no text in problem", where=where, remedy="The layout is images, problem, answer.")
    for _ in range(images):  # ours stand first, others' anywhere
        problem = problem.removeprefix(PLACE) if problem.startswith(PLACE) else problem.replace(PLACE, "", 1)
    return problem


def _label(row: Mapping[str, Any], where: str) -> str:
    answer = row.get("answer")
    label = truth_label(str(answer)) if isinstance(answer, str | bool | int) else None
    if label is None:
        raise AsterismError(
            f"answer {answer!r} is no truth value", where=where, remedy="Give T or F, True or False, or a boolean."
        )
    return label


def _batches(tasks: Iterable[Task], size: int) -> Iterator[list[Task]]:
    source = iter(tasks)
    for first in source:
        yield [first, *islice(source, size - 1)]
