"""Scenes that somebody else describes, in JSON: a list, ``{"scenes": [...]}``, or one scene a line."""

import difflib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.metaphor.scenes.scene import BACKGROUNDS, COLOURS, RELATIONS, Figure, Scene
from asterism.metaphor.scenes.symbols import SYMBOLS

REMEDY = "See docs/metaphor.md for the form; `asterism metaphor list` prints every word."
SUBJECT_COLOUR, OBJECT_COLOUR, BYSTANDER_COLOUR = "red", "blue", "black"
"""What a figure is painted in where its colour is left open."""


class FigureSpec(Config):
    """A symbol and its colour; ``"key"`` is short for ``{"symbol": "key"}``."""

    symbol: str = Field(description="what is drawn")
    colour: str | None = Field(None, description="its colour; default red (subject), blue (object), black (bystander)")


class SceneSpec(Config):
    """One scene as its author wrote it."""

    id: str | None = Field(None, min_length=1, max_length=200, description="names the scene; default scene-001, ...")
    subject: FigureSpec = Field(description="who acts")
    relation: str = Field(description="what the subject does to the object")
    object: FigureSpec = Field(description="who is acted upon")
    background: str = Field("white", description="colour behind all")
    bystander: FigureSpec | None = Field(None, description="a small third figure in a corner")
    mirrored: bool = Field(False, description="swap left and right of the layout")
    jitter: int = Field(0, ge=0, description="names the small offsets of the drawing")
    twin: bool = Field(False, description="render also the scene with the two roles swapped, as a contrastive pair")

    @field_validator("subject", "object", "bystander", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"symbol": value} if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class NamedScene:
    """A described scene, and whether its role-swapped twin is wanted too."""

    name: str
    scene: Scene
    twin: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each image."""
        return (self.name, f"{self.name}-twin") if self.twin else (self.name,)


def read_scenes(path: Path) -> list[NamedScene]:
    """The scenes that a JSON file describes, in its order.

    Raises:
        AsterismError: the file is missing, is not JSON or holds no scenes; a key or word in it is unknown; subject,
            object and bystander are not different symbols; a name appears twice. Names the file and the scene.
    """
    scenes: list[NamedScene] = []
    taken: set[str] = set()
    for number, (where, values) in enumerate(_entries(path), start=1):
        scene = _named_scene(values, f"scene-{number:03d}", where)
        for name in scene.names:
            if name in taken:
                raise AsterismError(f"id {name!r} appears twice", where=where, remedy="Give every scene its own id.")
            taken.add(name)
        scenes.append(scene)
    if not scenes:
        raise AsterismError("holds no scenes", where=str(path), remedy=REMEDY)
    return scenes


def graph_of(scene: Scene) -> dict[str, Any]:
    """A scene in the form in which it can be described."""
    return {
        "subject": _figure_values(scene.subject),
        "relation": scene.relation,
        "object": _figure_values(scene.object),
        "background": scene.background,
        "bystander": _figure_values(scene.bystander) if scene.bystander else None,
        "mirrored": scene.mirrored,
        "jitter": scene.jitter,
    }


def _figure_values(figure: Figure) -> dict[str, str]:
    return {"symbol": figure.symbol, "colour": figure.colour}


def _named_scene(values: Any, name: str, where: str) -> NamedScene:
    if not isinstance(values, dict):
        raise AsterismError(f"a scene is an object, not {json.dumps(values)[:40]}", where=where, remedy=REMEDY)
    spec = _checked(values, where)
    bystander = _figure(spec.bystander, "bystander", BYSTANDER_COLOUR, where) if spec.bystander else None
    scene = Scene(
        subject=_figure(spec.subject, "subject", SUBJECT_COLOUR, where),
        relation=_known(spec.relation, "relation", RELATIONS, where),
        object=_figure(spec.object, "object", OBJECT_COLOUR, where),
        background=_known(spec.background, "background", BACKGROUNDS, where),
        bystander=bystander,
        mirrored=spec.mirrored,
        jitter=spec.jitter,
    )
    _check_roles(scene, where)
    return NamedScene(spec.id or name, scene, spec.twin)


def _checked(values: Any, where: str) -> SceneSpec:
    try:
        return SceneSpec.parse(values, where=where)
    except AsterismError as error:
        if error.what.startswith("unknown key"):  # its remedy offers the nearest right name
            raise
        raise AsterismError(error.what, where=where, remedy=REMEDY) from error


def _figure(spec: FigureSpec, role: str, colour: str, where: str) -> Figure:
    return Figure(
        _known(spec.symbol, f"{role}.symbol", SYMBOLS, where),
        _known(spec.colour, f"{role}.colour", COLOURS, where) if spec.colour is not None else colour,
    )


def _known(value: str, field: str, words: Iterable[str], where: str) -> str:
    known = list(words)
    if value not in known:
        near = difflib.get_close_matches(value, known, n=1, cutoff=0.0)[0]
        raise AsterismError(
            f"{field}: unknown word {value[:80]!r}",
            where=where,
            remedy=f"Did you mean {near!r}? `asterism metaphor list` prints every word.",
        )
    return value


def _check_roles(scene: Scene, where: str) -> None:
    symbol = scene.subject.symbol
    if symbol == scene.object.symbol:
        raise AsterismError(
            f"subject and object are both {symbol!r}",
            where=where,
            remedy="Give two different symbols, or nobody could say who acts.",
        )
    if scene.bystander and scene.bystander.symbol in (symbol, scene.object.symbol):
        raise AsterismError(
            f"bystander: {scene.bystander.symbol!r} is in the scene already",
            where=where,
            remedy="Give a third symbol, or leave the bystander out.",
        )


def _entries(path: Path) -> Iterator[tuple[str, Any]]:
    """Where each scene stands, and its values."""
    text = _text(path)
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield from _lines(path, text, error)
        return
    if isinstance(whole, dict):
        whole = _listed(whole, path)
    if not isinstance(whole, list):
        raise AsterismError("holds no list of scenes", where=str(path), remedy=REMEDY)
    for number, values in enumerate(whole, start=1):
        yield f"{path}: scene {number} of {len(whole)}", values


def _listed(whole: dict[str, Any], path: Path) -> Any:
    if "scenes" not in whole:
        return [whole]
    others = [key for key in whole if key != "scenes"]
    if others:
        raise AsterismError(f"unknown key {others[0]!r} beside 'scenes'", where=str(path), remedy=REMEDY)
    return whole["scenes"]


def _lines(path: Path, text: str, fault: Exception) -> Iterator[tuple[str, Any]]:
    """One scene a line; a text whose first line is no object was meant as one document, and is broken."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        return
    if not _is_object(lines[0][1]):
        raise AsterismError(f"not valid JSON ({fault})", where=str(path), remedy=REMEDY) from fault
    for number, line in lines:
        where = f"{path}:{number}"
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise AsterismError(f"not valid JSON ({error})", where=where, remedy=REMEDY) from error
        yield where, values


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise AsterismError("not UTF-8 text", where=str(path), remedy="Save it as UTF-8 JSON.") from error
    except OSError as error:
        raise AsterismError(
            f"cannot be read ({error.strerror})", where=str(path), remedy="Give a JSON file that describes scenes."
        ) from error
