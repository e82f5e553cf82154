"""The three-column layout of the hub sets TFQ-Data and TFQ-Bench: ``images, problem, answer``, one row a statement.

The layout holds pictures, statements and labels in order, and nothing else: ids, levels and meta stay behind. The
problem begins with one ``<image>`` a picture: the published trainer shows a picture only where that word stands.
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
from asterism.core.image import Image
from asterism.core.task import Task

if TYPE_CHECKING:
    import pyarrow

PLACE = "<image>"
ROWS_AT_A_TIME = 256
DICTIONARY_BYTES = 256 * 1024 * 1024
"""So large that a picture asked about ten times in a row group is stored in it once."""

_FEATURES = {
    "images": {"feature": {"_type": "Image"}, "_type": "Sequence"},
    "problem": {"dtype": "string", "_type": "Value"},
    "answer": {"dtype": "string", "_type": "Value"},
}
"""What the package ``datasets`` reads in a parquet file to show the bytes as pictures; versions before 4 and since."""


@dataclass(frozen=True, slots=True)
class HubFiles:
    """What :func:`write_hub` wrote."""

    parquet: Path
    lines: Path
    rows: int
    pictures: int


def write_hub(folder: Path, tasks: Iterable[Task], *, name: str = "train") -> HubFiles:
    """Write ``tfq`` tasks as ``folder/{name}.parquet`` (pictures inside) and ``folder/{name}.jsonl`` (pictures beside).

    Both open with ``datasets`` and with :func:`read_hub`. Tasks are drawn a few at a time, so memory stays flat;
    pictures are PNG, so none changes. Each file appears whole or not at all.

    Raises:
        AsterismError: a task is no answered ``tfq`` task, the extra ``data`` is not installed, or the disk is full.
    """
    pa = arrow()
    import pyarrow.parquet as pq

    parquet, lines = folder / f"{name}.parquet", folder / f"{name}.jsonl"
    pictures: set[str] = set()
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
                pictures.update(image["path"] for image in row["images"])
                out.write(json.dumps({**row, "images": [i["path"] for i in row["images"]]}, ensure_ascii=False) + "\n")
                for column, values in columns.items():
                    values.append(row[column])
            table.write_table(pa.table(columns, schema=_schema(pa)))
            rows += len(batch)
    return HubFiles(parquet, lines, rows, len(pictures))


def read_hub(path: Path, *, family: str = "metaphor/tfq") -> list[Task]:
    """The tasks of a hub set: a parquet, arrow, JSON or JSON-lines file, or a folder that holds such files.

    Rows about one picture (by its pixels) form one group, named in ``meta["picture"]``; a task is called by picture and
    place in the group. Answers may be T/F, True/False or booleans. Equal pictures share one object, encoded in memory.

    Raises:
        AsterismError: nothing is there, a column is missing, an answer is no truth value, a picture is broken.
    """
    return list(hub_tasks(hub_rows(path), where=str(path), family=family))


def hub_tasks(rows: Iterable[Mapping[str, Any]], *, where: str, family: str) -> Iterator[Task]:
    """The task of each row of the layout; see :func:`read_hub`."""
    places: Counter[str] = Counter()
    shelf = Shelf()
    for number, row in enumerate(rows, start=1):
        place = f"{where}: row {number}"
        images = tuple(shelf.picture(entry, place) for entry in _pictures(row, place))
        picture = "+".join(image.digest[:16] for image in images) or "none"
        task_id = f"{picture}/{places[picture]}"
        places[picture] += 1
        yield Task(
            task_id,
            images,
            _statement(row, len(images), place),
            _label(row, place),
            "tfq",
            family=family,
            meta={"picture": picture, "row": number - 1},
        )


def hub_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a table as the hub stores one, file after file in the order of their names.

    A picture is ``{"bytes": ..., "path": ...}`` in parquet and arrow, and a path in JSON, made absolute here.

    Raises:
        AsterismError: nothing is there, a file is broken, or the extra ``data`` is not installed.
    """
    files = _files(path)
    if not files:
        raise AsterismError(
            "no table found", where=str(path), remedy="Give a .parquet, .arrow, .json or .jsonl file, or their folder."
        )
    for file in files:
        rows = _json_rows(file) if file.suffix in (".json", ".jsonl") else _arrow_rows(file)
        for row in rows:
            yield {**row, "_folder": file.parent}


class Shelf:
    """Pictures met once: equal bytes give the same object, decoded once for its digest and then let go."""

    def __init__(self) -> None:
        self._by_bytes: dict[bytes | Path, Image] = {}

    def picture(self, entry: Any, where: str) -> Image:
        """The picture of a cell: ``{"bytes", "path"}``, bytes, or the path of a file.

        Raises:
            AsterismError: it is none of these, is missing or cannot be decoded.
        """
        if isinstance(entry, Mapping):
            entry = entry.get("bytes") or entry.get("path")
        key = entry if isinstance(entry, bytes) else Path(entry) if isinstance(entry, str | Path) and entry else None
        if key is None:
            raise AsterismError(
                "holds no picture",
                where=where,
                remedy="A picture is bytes, a path, or {bytes, path}.",
            )
        if key not in self._by_bytes:
            image = Image.from_bytes(key, where) if isinstance(key, bytes) else Image.open(key)
            image.forget()
            self._by_bytes[key] = image
        return self._by_bytes[key]


def arrow() -> Any:
    """The package that reads and writes parquet.

    Raises:
        AsterismError: it is not installed.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise AsterismError(
            "parquet needs the package pyarrow, which is not installed", remedy="pip install 'asterism[data]'"
        ) from error
    return pyarrow


def _schema(pa: Any) -> "pyarrow.Schema":
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    fields = [("images", pa.list_(picture)), ("problem", pa.string()), ("answer", pa.string())]
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


def _pictures(row: Mapping[str, Any], where: str) -> list[Any]:
    found = row.get("images", row.get("image"))
    if found is None:
        raise AsterismError("no column images", where=where, remedy="The layout is images, problem, answer.")
    entries = found if isinstance(found, list) else [found]
    folder = row.get("_folder")
    return [folder / entry if folder is not None and isinstance(entry, str) else entry for entry in entries]


def _statement(row: Mapping[str, Any], pictures: int, where: str) -> str:
    problem = row.get("problem")
    if not isinstance(problem, str) or not problem.replace(PLACE, "").strip():
        raise AsterismError("no text in problem", where=where, remedy="The layout is images, problem, answer.")
    for _ in range(pictures):  # ours stand first, others' anywhere
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


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    for suffix in ("parquet", "arrow", "jsonl", "json"):  # a folder of ours holds the same rows twice
        found = sorted(each for each in path.rglob(f"*.{suffix}") if not each.name.endswith("_info.json"))
        if found:
            return found
    return []


def _arrow_rows(file: Path) -> Iterator[dict[str, Any]]:
    pa = arrow()
    import pyarrow.parquet as pq

    try:
        if file.suffix == ".parquet":
            with pq.ParquetFile(file) as table:
                for batch in table.iter_batches(ROWS_AT_A_TIME):
                    yield from batch.to_pylist()
        else:
            with pa.memory_map(str(file)) as source:
                for batch in pa.ipc.open_stream(source):
                    yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise AsterismError(
            f"cannot be read ({' '.join(str(error).split())})", where=str(file), remedy="Download the file again."
        ) from error


def _json_rows(file: Path) -> Iterator[dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        rows = json.loads(text) if file.suffix == ".json" else [json.loads(x) for x in text.split("\n") if x.strip()]
    except (OSError, ValueError, RecursionError) as error:
        raise AsterismError(
            f"not JSON ({' '.join(str(error).split())})", where=str(file), remedy="Mend the file."
        ) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AsterismError("holds no list of objects", where=str(file), remedy="Give one object a row.")
    yield from rows


def _batches(tasks: Iterable[Task], size: int) -> Iterator[list[Task]]:
    source = iter(tasks)
    for first in source:
        yield [first, *islice(source, size - 1)]
