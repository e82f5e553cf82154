"""One question, immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from asterism.core.image import Image

Kind = Literal["tfq", "mcq", "osq", "short", "verified"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Task:
    """One question about some images.

    A policy sees ``images``, ``question`` and ``options`` and nothing else: ``answer`` and ``meta`` never
    reach a prompt. ``kind`` says how an answer is read: ``tfq`` true or false, ``mcq`` option letter,
    ``osq`` free text for a judge, ``short`` a short text or number, ``verified`` by a verifier from ``meta``.
    """

    id: str
    images: tuple[Image, ...]
    question: str
    answer: str | None
    kind: Kind
    options: tuple[str, ...] = ()
    family: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
