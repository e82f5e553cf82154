"""One question of II-Bench or CII-Bench, read from any of the forms in which the corpora are handed round."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from asterism.core.errors import AsterismError
from asterism.metaphor.corpora.labels import FIELDS

_OPTION_COLUMNS = tuple(f"option{number}" for number in range(1, 11))


@dataclass(frozen=True, slots=True)
class Entry:
    """A question as stored: ``image`` is the cell or the path, ``labels`` are not yet normalised.

    ``declared`` is the name under which the image goes, whose ending says its format. ``answer`` is a letter, or None
    where the key is withheld.
    """

    id: str
    split: str
    folder: Path
    image: Any
    declared: str
    question: str
    options: tuple[str, ...]
    answer: str | None
    correct_option: str | None
    explanation: str
    metaphorical_meaning: str
    labels: Mapping[str, Any]
    source: str | None


def entries_of(row: Mapping[str, Any], folder: Path, where: str) -> Iterator[Entry]:
    """The questions of a row: of the repository's JSON, of the hub's table, or of our own records.

    Raises:
        AsterismError: the row has none of these forms, or lacks what its form must have.
    """
    if isinstance(row.get("questions"), list) and isinstance(row.get("meta_data"), Mapping):
        for question in row["questions"]:
            if not isinstance(question, Mapping):
                raise AsterismError("a question is no object", where=where, remedy="Fix the file.")
            yield _entry({**row, **row["meta_data"], **question}, folder, where)
    elif "option1" in row:
        options = [row[column] for column in _OPTION_COLUMNS if row.get(column) is not None]
        yield _entry({**row, "options": options}, folder, where)
    elif "options" in row and isinstance(row.get("meta"), Mapping):
        yield _entry({**row["meta"], **row}, folder, where)
    else:
        raise AsterismError(
            f"unknown form of row (columns: {', '.join(str(name) for name in row if name != '_folder')[:120]})",
            where=where,
            remedy="Give the repository's dev.json or test.json, the hub's parquet files, or a records.jsonl.",
        )


def key_of(stored: Any) -> str | None:
    """The stored answer key; None for one that is withheld, be it null, empty or spelt ``None``."""
    text = "" if stored is None else str(stored).strip()
    return None if text.lower() in ("", "none", "null", "nan") else text


def _entry(row: Mapping[str, Any], folder: Path, where: str) -> Entry:
    question, options = row.get("question"), row.get("options")
    if not isinstance(question, str) or not question.strip():
        raise AsterismError("no question", where=where, remedy="Fix or drop the row.")
    if not isinstance(options, list) or len(options) < 2:
        raise AsterismError("needs a list of at least two options", where=where, remedy="Fix or drop the row.")
    image, declared = _image_cell(row)
    name = _name(row, declared, where)
    return Entry(
        id=name,
        split=str(row.get("split") or name.rpartition("/")[2].rpartition("-")[0]),
        folder=folder,
        image=image,
        declared=declared,
        question=question.strip(),
        options=tuple(str(option).strip() for option in options),
        answer=key_of(row.get("answer")),
        correct_option=key_of(row.get("correct_option")),
        explanation=_text(row.get("explanation")),
        metaphorical_meaning=_text(row.get("metaphorical_meaning")),
        labels={field: row.get(field) for field in FIELDS},
        source=row["source"] if isinstance(row.get("source"), str) else None,
    )


def _image_cell(row: Mapping[str, Any]) -> tuple[Any, str]:
    cell = row.get("image")
    if cell is None and row.get("images"):
        cell = row["images"][0]
    inside = cell.get("path") if isinstance(cell, Mapping) else cell if isinstance(cell, str) else None
    declared = row.get("local_path") or inside or ""
    return (cell if cell is not None else row.get("local_path")), str(declared)


def _name(row: Mapping[str, Any], declared: str, where: str) -> str:
    """``dev-24``: the id where it is a text, else the name of the image, else the number."""
    stored = row.get("id")
    if isinstance(stored, str) and stored.strip() and not stored.strip().isdigit():
        return stored.strip()
    stem = PurePosixPath(declared).stem
    if stem:
        return stem
    if stored is None:
        raise AsterismError("no id", where=where, remedy="Give every question its own id.")
    return str(stored)


def _text(stored: Any) -> str:
    return stored.strip() if isinstance(stored, str) else ""
