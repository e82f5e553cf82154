"""Faults planted by rule among the sentences of real explanations, to measure the filters with."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asterism.metaphor.builder.statement import Statement

PER_FAULT = 50
Maker = Callable[[str, random.Random], tuple[str, str] | None]
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*")
_BE = re.compile(r"\b(is|are|was|were|can|could|may|might|should|will|must)\b(?! not)")


@dataclass(frozen=True, slots=True)
class Record:
    """The statements of one real record, and the places of the planted ones."""

    id: str
    statements: list[Statement]
    planted: frozenset[int]


def real_sentences(data: Path, name: str, fewest: int, most: int) -> dict[str, list[str]]:
    """Sentences of the explanations of ``ii_bench`` or ``cii_bench``, by record, between two lengths in characters."""
    found: dict[str, list[str]] = {}
    for line in (data / name / "records.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        sentences = [each.strip() for each in _SENTENCE.split(record["meta"]["explanation"])]
        kept = [each for each in sentences if fewest <= len(each) <= most and "\n" not in each]
        if len(kept) >= 2:
            found[record["id"]] = kept[:8]
    return found


def planted(sentences: dict[str, list[str]], make: Maker, seed: int) -> list[Record]:
    """Real statements, all labelled T, with a fault after one of them in as many records as :data:`PER_FAULT`.

    ``make`` gives the text and label to plant beside a sentence, or None where it does not fit the sentence.
    """
    rng = random.Random(seed)
    records, count = [], 0
    for name in rng.sample(sorted(sentences), len(sentences)):
        statements = [Statement(text, "T") for text in sentences[name]]
        places = set()
        for place in rng.sample(range(len(statements)), len(statements)):
            made = make(statements[place].text, rng) if count < PER_FAULT else None
            if made is not None:
                text, label = made
                statements.append(Statement(text, "T" if label == "T" else "F"))
                places.add(len(statements) - 1)
                count += 1
                break
        records.append(Record(name, statements, frozenset(places)))
    assert count == PER_FAULT, f"only {count} sentences fit"
    return records


def repeated(text: str, rng: random.Random) -> tuple[str, str] | None:
    """The sentence said again, in one of several ways, with the same label."""
    ways: list[Callable[[str], str]] = [
        lambda each: each.rstrip(".") + "!",
        lambda each: f"The picture shows that {each[0].lower()}{each[1:]}",
        lambda each: _BE.sub(lambda match: f"{match[0]} clearly", each, count=1),
        lambda each: each.replace("the image", "the picture").replace("The image", "The picture"),
        lambda each: each.replace(" a ", " the ", 1),
        lambda each: re.sub(r"\b(symbolizes|represents|suggests|implies)\b", _said_otherwise, each),
    ]
    for way in rng.sample(ways, len(ways)):
        said = way(text)
        if said != text:
            return said, "T"
    return None


def _said_otherwise(match: re.Match[str]) -> str:
    return {"symbolizes": "stands for", "represents": "symbolizes", "suggests": "implies", "implies": "suggests"}[
        match[1]
    ]


def gainsaid(text: str, rng: random.Random) -> tuple[str, str] | None:
    """The sentence with the other label, or its negation with the same."""
    if rng.random() < 0.4:
        return text, "F"
    denied = _BE.sub(lambda match: f"{match[0]} not", text, count=1)
    denied = denied if denied != text else re.sub(r"\b(shows|symbolizes|suggests|reflects)\b", _does_not, text, count=1)
    return (denied, "T") if denied != text else None


def _does_not(match: re.Match[str]) -> str:
    return f"does not {match[1].removesuffix('s')}"


def changed(text: str, rng: random.Random) -> tuple[str, str] | None:
    """The sentence made false by one word that matters: neither a repetition nor a contradiction."""
    word = re.compile(r"\b(two|three|four|red|white|black|blue|left|right|man|woman|boy|girl|cat|dog|first|second)\b")
    others = {
        "two": "three",
        "three": "five",
        "four": "two",
        "red": "green",
        "white": "black",
        "black": "white",
        "blue": "red",
        "left": "right",
        "right": "left",
        "man": "woman",
        "woman": "man",
        "boy": "girl",
        "girl": "boy",
        "cat": "dog",
        "dog": "cat",
        "first": "second",
        "second": "third",
    }
    made = word.sub(lambda match: others[match[1]], text, count=1)
    return (made, "F") if made != text else None


def repeated_chinese(text: str, rng: random.Random) -> tuple[str, str] | None:
    """A Chinese sentence said again."""
    ways: list[Callable[[str], str]] = [
        lambda each: each.replace("。", "！"),
        lambda each: f"画面中，{each}",
        lambda each: each.replace("象征", "代表").replace("暗示", "表明"),
        lambda each: each.replace("的", "", 1),
    ]
    for way in rng.sample(ways, len(ways)):
        said = way(text)
        if said != text:
            return said, "T"
    return None


def gainsaid_chinese(text: str, rng: random.Random) -> tuple[str, str] | None:
    """A Chinese sentence with the other label, or its negation with the same."""
    if rng.random() < 0.4:
        return text, "F"
    denied = re.sub(r"(象征|表现|展示|反映|暗示|表达|体现)", r"没有\1", text, count=1)
    return (denied, "T") if denied != text and "没有" not in text else None
