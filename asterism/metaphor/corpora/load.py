"""A published corpus as tasks: II-Bench and CII-Bench as choices or open questions, TFQ sets as statements."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import PIL.Image

from asterism.answers.options import LETTERS
from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.image_cache import ImageCache
from asterism.core.rows import FOLDER, table_rows
from asterism.core.task import Task
from asterism.metaphor.corpora.entry import Entry, entries_of
from asterism.metaphor.corpora.labels import SEVERAL, read_labels
from asterism.metaphor.corpora.licence import LICENCES, Licence
from asterism.metaphor.hub import read_hub

Corpus = Literal["ii_bench", "cii_bench", "tfq"]
TaskKind = Literal["mcq", "osq", "tfq"]

OPEN_QUESTIONS = {"ii_bench": "What is the implication in this image?", "cii_bench": "这张图片有什么隐喻？"}
LEAST_EXPLANATION = 20
"""Characters below which an explanation says nothing; a Chinese one counts as two."""
_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF", ".bmp": "BMP"}


@dataclass(slots=True)
class Faults:
    """What was not as it should be: the ids of the questions, by fault."""

    ids: dict[str, list[str]] = field(default_factory=dict)

    def note(self, fault: str, name: str) -> None:
        """Count a fault of a question."""
        self.ids.setdefault(fault, []).append(name)

    def count(self, fault: str) -> int:
        """How many questions have it."""
        return len(self.ids.get(fault, ()))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A corpus as tasks, sorted by id; ``faults`` says what was left out or kept with a flaw."""

    tasks: tuple[Task, ...]
    licence: Licence
    faults: Faults


def load_corpus(corpus: Corpus, path: Path, kind: TaskKind) -> Loaded:
    """The tasks of a corpus that lies on disk in any of its forms.

    A question without a key becomes a task with answer None, to be measured by nobody. One whose image is missing or
    broken is left out. All is counted in ``faults``.

    Raises:
        AsterismError: the files are missing or have an unknown form, an id appears twice, or the corpus has no tasks of
            this kind.
    """
    if (kind == "tfq") != (corpus == "tfq"):
        right = "--as tfq" if corpus == "tfq" else "--as mcq or --as osq"
        raise AsterismError(f"{corpus} has no tasks of kind {kind}", remedy=f"Give {right}.")
    licence = LICENCES[corpus]
    if corpus == "tfq":
        notes = {"corpus": corpus, "licence": licence.name}
        statements = read_hub(path)
        return Loaded(tuple(replace(t, meta={**t.meta, **notes}) for t in statements), licence, Faults())
    faults = Faults()
    tasks = _tasks(_entries(path), corpus, kind, faults)
    if not tasks:
        raise AsterismError("holds no question that can be used", where=str(path), remedy="See docs/corpora.md.")
    return Loaded(tuple(tasks[name] for name in sorted(tasks)), licence, faults)


def _entries(path: Path) -> Iterable[tuple[Entry, str]]:
    for number, row in enumerate(table_rows(path), start=1):
        where = f"{path}: row {number}"
        for entry in entries_of(row, row[FOLDER], where):
            yield entry, where


def _tasks(entries: Iterable[tuple[Entry, str]], corpus: Corpus, kind: TaskKind, faults: Faults) -> dict[str, Task]:
    seen: set[str] = set()
    tasks: dict[str, Task] = {}
    cache = ImageCache()
    for entry, where in entries:
        name = entry.id if entry.id.startswith(f"{corpus}/") else f"{corpus}/{entry.id}"
        if name in seen:
            raise AsterismError(f"id {name!r} appears twice", where=where, remedy="Give every question its own id.")
        seen.add(name)
        image = _image(entry, name, cache, where, faults)
        if image is not None:
            tasks[name] = _task(entry, name, image, corpus, kind, faults)
    return tasks


def _image(entry: Entry, name: str, cache: ImageCache, where: str, faults: Faults) -> Image | None:
    cell = entry.image
    if isinstance(cell, dict) and not cell.get("bytes"):
        cell = cell.get("path")
    if isinstance(cell, str):
        cell = _found(cell, entry.folder)
    if cell is None:
        faults.note("image missing (left out)", name)
        return None
    try:
        image = cache.image(cell, where)
        wrong = _FORMATS.get(Path(entry.declared).suffix.lower()) not in (None, _format(image))
    except AsterismError:
        faults.note("image broken (left out)", name)
        return None
    if wrong:
        faults.note("image in another format than its name says", name)
    return image


def _found(name: str, folder: Path) -> Path | None:
    """The file of a path that counts from the file's folder, or, as in the repositories, from one above it."""
    for above in (folder, *folder.absolute().parents[:3]):
        if (above / name).is_file():
            return above / name
    return None


def _format(image: Image) -> str | None:
    with PIL.Image.open(io.BytesIO(image.encoded())) as opened:  # reads the header alone
        return "JPEG" if opened.format == "MPO" else opened.format


def _task(entry: Entry, name: str, image: Image, corpus: Corpus, kind: TaskKind, faults: Faults) -> Task:
    meta = _meta(entry, name, corpus, faults)
    if kind == "osq":
        usable = not meta["explanation_short"]
        if not usable:
            faults.note("no reference for an open question (answer None, never scored)", name)
        return Task(
            id=name,
            images=(image,),
            question=OPEN_QUESTIONS[corpus],
            answer=_reference(entry) if usable else None,
            kind="osq",
            family=corpus,
            meta=meta,
        )
    return Task(
        id=name,
        images=(image,),
        question=entry.question,
        answer=_key(entry, name, faults),
        kind="mcq",
        options=entry.options,
        family=corpus,
        meta=meta,
    )


def _key(entry: Entry, name: str, faults: Faults) -> str | None:
    """The letter of the right option; None where it is withheld or contradicts the options."""
    if entry.answer is None:
        faults.note("no key (answer None, never scored)", name)
        return None
    letter = entry.answer.strip("()[]. ").upper()
    place = LETTERS.find(letter) if len(letter) == 1 else -1
    if not 0 <= place < len(entry.options):
        faults.note("key names no option (answer None, never scored)", name)
        return None
    if entry.correct_option is not None and entry.options[place] != entry.correct_option:
        faults.note("key and text of the right option differ (the key is kept)", name)
    return letter


def _reference(entry: Entry) -> str:
    """What a judge compares with: the explanation, after the meaning in one line where the corpus has one."""
    return ";".join(text for text in (entry.metaphorical_meaning, entry.explanation) if text)


def _meta(entry: Entry, name: str, corpus: Corpus, faults: Faults) -> dict[str, Any]:
    meta: dict[str, Any] = {"corpus": corpus, "split": entry.split}
    for label, stored in entry.labels.items():
        labels = read_labels(label, stored)
        meta[label] = list(labels.values) if label in SEVERAL else next(iter(labels.values), None)
        if labels.unknown:
            faults.note(f"unknown {label} (kept as it is)", name)
        if len(labels.values) > 1 and label not in SEVERAL:
            faults.note(f"several values of {label} (the first is kept)", name)
    short = _weight(entry.explanation) < LEAST_EXPLANATION
    if short:
        faults.note("explanation too short (flagged)", name)
    return {
        **meta,
        "explanation": entry.explanation,
        "metaphorical_meaning": entry.metaphorical_meaning or None,
        "explanation_short": short,
        "correct_option": entry.correct_option,
        "original": dict(entry.labels),
        "licence": LICENCES[corpus].name,
        "source": entry.source,
    }


def _weight(text: str) -> int:
    return sum(2 if ord(letter) >= 0x2E80 else 1 for letter in text)
