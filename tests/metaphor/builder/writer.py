"""What a model would answer to the builder, for the server of tests: captions, statements in any layout, blind guesses.

Runs inside the server's process too (``--replies tests.metaphor.builder.writer:reply``); what it says depends only on
the request.
"""

import hashlib
import json
import random
import re
from typing import Any

from asterism.metaphor.builder.prompts import blind_prompt, caption_prompt

THINGS = [
    "candle",
    "mirror",
    "ladder",
    "umbrella",
    "hourglass",
    "puppet",
    "anchor",
    "lantern",
    "suitcase",
    "telescope",
    "violin",
    "scarecrow",
    "compass",
    "curtain",
    "teapot",
    "bicycle",
    "lighthouse",
    "feather",
    "crown",
    "bucket",
    "drum",
    "kite",
    "windmill",
    "statue",
    "saddle",
    "blanket",
    "hammer",
    "basket",
    "trumpet",
    "snail",
]
IDEAS = [
    "patience",
    "vanity",
    "ambition",
    "shelter",
    "mortality",
    "obedience",
    "stability",
    "guidance",
    "departure",
    "curiosity",
    "harmony",
    "deterrence",
    "direction",
    "secrecy",
    "hospitality",
    "mobility",
    "rescue",
    "lightness",
    "authority",
    "savings",
    "alarm",
    "childhood",
    "industry",
    "remembrance",
    "control",
    "comfort",
    "labour",
    "harvest",
    "announcement",
    "slowness",
]


def record_of(number: int) -> dict[str, Any]:
    """The id and explanation of a record that the replies below are about."""
    rng = random.Random(number)
    things, ideas = rng.sample(THINGS, 4), rng.sample(IDEAS, 4)
    pairs = ", ".join(f"the {thing} stands for {idea}" for thing, idea in zip(things, ideas, strict=True))
    explanation = f"Drawing {number:03d}. In this drawing {pairs}. Together they warn of losing what one holds dear."
    return {"id": f"r{number:03d}", "explanation": explanation}


def statements_of(explanation: str) -> list[tuple[str, str, str]]:
    """Eight statements about the explanation: text, label, level."""
    pairs = re.findall(r"the (\w+) stands for (\w+)", explanation)
    found = []
    for place, (thing, idea) in enumerate(pairs):
        wrong = pairs[(place + 1) % len(pairs)][1]
        found.append((f"The {thing} drawn here stands for {idea}.", "T", "symbolic"))
        found.append((f"The {thing} has been drawn to stand for {wrong} and nothing else.", "F", "symbolic"))
    return found


LAYOUTS = {
    "asked": "{n}. [{label}] ({level}): {text}\n   Evidence: its place in the middle",
    "parenthesis": "{n}) [{label}]: {text}",
    "bullet": "- [{label}]: {text}",
    "unnumbered": "[{label}]: {text}",
    "words": "{n}. [{word}]: {text}",
    "bold": "**{n}. [{label}]:** {text}",
    "space": "{n} . [{label}] : {text}",
    "lower": "{n}. [{lower}]: {text}",
    "indented": "      {n}. [{label}]: {text}",
    "full_width": "{n}．［{label}］：{text}",
    "chinese": "{n}、【{chinese}】：{text}",
    "bare_word": "{n}. {word}: {text}",
    "last": "{n}. {text} [{label}]",
    "block": "Statement {n}: {text}\nLabel: {word}\nLevel: {level}\n",
    "row": "| {n} | {label} | {level} | {text} |",
}


def lay_out(statements: list[tuple[str, str, str]], layout: str) -> str:
    """The statements as a model might write them."""
    if layout == "continued":
        return "\n".join(
            f"{n}. [{t[1]}]: {t[0].replace(' stand', chr(10) + '   stand')}" for n, t in enumerate(statements, 1)
        )
    if layout in ("json", "fenced"):
        entries = [
            {"statement": text, "label": label, "level": level, "evidence": "x"} for text, label, level in statements
        ]
        whole = json.dumps({"statements": entries})
        return f"Here you are:\n```json\n{whole}\n```" if layout == "fenced" else whole
    lines = [
        LAYOUTS[layout].format(
            n=number,
            label=label,
            level=level,
            text=text,
            lower=label.lower(),
            word={"T": "True", "F": "False"}[label],
            chinese={"T": "对", "F": "错"}[label],
        )
        for number, (text, label, level) in enumerate(statements, start=1)
    ]
    return "\n".join(lines)


ALL_LAYOUTS = [*LAYOUTS, "continued", "json", "fenced"]
USELESS = [
    "",
    "I'm sorry, I can't help with that.",
    "1. The man is sad.\n2. The dog is glad.",
    '{"statements": [{"sta',
    "Done!",
]


def reply(prompt: str, body: dict[str, Any]) -> str:
    """What the server says to a request of the builder: the first draw of every fourth writing is of no use."""
    rng = random.Random(hashlib.sha256(json.dumps([prompt, body.get("seed")]).encode()).digest())
    if prompt == caption_prompt("en"):
        return (
            "A drawing in ink with four things side by side on a table, a candle and a mirror among them, under a lamp."
        )
    if prompt.startswith(blind_prompt("", "en")[:60]):
        return rng.choice(["T", "F", "U"])
    explanation = prompt[prompt.index("Drawing ") :]
    if rng.random() < 0.25:
        return rng.choice(USELESS)
    return lay_out(statements_of(explanation), rng.choice(ALL_LAYOUTS))
