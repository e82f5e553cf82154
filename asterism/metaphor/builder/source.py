"""Images with explanations, as they come: what statements are made from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from asterism.core.errors import AsterismError
from asterism.core.image import Image
from asterism.core.validation import first_error


@dataclass(frozen=True, slots=True)
class Source:
    """One image and what a person says it means; ``explanation`` may be empty and ``image`` missing or broken."""

    id: str
    image: Image | None
    explanation: str
    meta: Mapping[str, Any] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """SHA-256 (hex) over image and explanation: a record that changes is made again.

        Raises:
            AsterismError: the image cannot be read.
        """
        image_digest = self.image.digest if self.image is not None else ""
        return hashlib.sha256(json.dumps([image_digest, self.explanation]).encode()).hexdigest()


class _Line(BaseModel):
    """A record, of which everything but the id may be missing: what is missing is counted, not refused."""

    model_config = ConfigDict(extra="ignore", strict=True)

    id: str = Field(min_length=1)
    images: list[str] = Field(default_factory=list)
    explanation: str = ""
    meta: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _forms(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        given = {key: entry for key, entry in value.items() if entry is not None}
        if isinstance(given.get("id"), int):
            given["id"] = str(given["id"])
        if "image" in given and "images" not in given:
            given["images"] = [given["image"]]
        return given


def read_sources(path: Path) -> list[Source]:
    """The records of a ``records.jsonl`` file (or of a folder that holds one), sorted by id.

    The explanation stands in ``explanation`` or ``meta.explanation``; a ``meta.metaphorical_meaning`` is put before
    it. Question, options and answer are not looked at. A record without explanation or image is read all the same.

    Raises:
        AsterismError: the file is missing or empty, a line is no record, an id appears twice.
    """
    file = path / "records.jsonl" if path.is_dir() else path
    if not file.is_file():
        raise AsterismError("no records found", where=str(file), remedy="Give a records.jsonl file or its folder.")
    sources: dict[str, Source] = {}
    lines: dict[str, int] = {}
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise AsterismError(f"not UTF-8 text ({error.reason})", where=str(file), remedy="Save it as UTF-8.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        source = _source(line, file, number)
        if source.id in sources:
            raise AsterismError(
                f"id {source.id!r} appears twice, in lines {lines[source.id]} and {number}",
                where=str(file),
                remedy="Give every record its own id.",
            )
        sources[source.id], lines[source.id] = source, number
    if not sources:
        raise AsterismError(
            "holds no records", where=str(file), remedy="Give one JSON object a line; see docs/build.md."
        )
    return [sources[name] for name in sorted(sources)]


def _source(line: str, file: Path, number: int) -> Source:
    try:
        record = _Line.model_validate_json(line)
    except ValidationError as error:
        raise AsterismError(
            first_error(error),
            where=f"{file}:{number}",
            remedy="Fix or drop the record; see docs/build.md.",
        ) from error
    explanation = record.explanation or _text(record.meta.get("explanation"))
    meaning = _text(record.meta.get("metaphorical_meaning"))
    whole = (
        f"{meaning}\n{explanation}"
        if meaning and explanation and meaning not in explanation
        else explanation or meaning
    )
    meta = {key: value for key, value in record.meta.items() if key not in ("explanation", "metaphorical_meaning")}
    image = Image.open(file.parent / record.images[0]) if record.images else None
    return Source(record.id, image, whole.strip(), meta)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
