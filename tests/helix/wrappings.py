r"""How models dress an answer, and what is no answer: as data, for every form that answers of the tasks have."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

Wrapped = Callable[["Answer"], "str | None"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in the form that its task asks for, in pieces."""

    form: str
    text: str

    @property
    def rows(self) -> list[list[str]] | None:
        """The cells of a grid."""
        if self.form not in ("grid", "signs"):
            return None
        lines = self.text.split("\n")
        return [list(line) if self.form == "signs" else re.findall(r"[^\s|]+", line) for line in lines]

    @property
    def items(self) -> list[str] | None:
        """The items of a list: cells, vertices, moves, words, bridges, letters."""
        if self.form in ("pairs", "pairs in brackets", "disks"):
            return re.findall(r"\([^()]*\)", self.text) or None
        if self.form == "joined":
            return re.findall(r"\(\d+,\d+\)-\(\d+,\d+\)(?::\d)?", self.text)
        if self.form in ("vertices", "ladder", "letters"):
            return [item.strip().strip('"') for item in self.text.strip("[]").split(",")]
        return self.text.split() if self.form == "moves" else None


def form_of(text: str) -> str:
    """The form of an answer, from the answer itself."""
    if re.fullmatch(r"\d+", text):
        return "number"
    if text in ("Yes", "No"):
        return text.lower()
    if text.startswith('["'):
        return "ladder"
    if re.fullmatch(r"\[\d+(?:, \d+)*\]", text):
        return "vertices"
    if "-(" in text:
        return "joined"
    if re.match(r"\[?\(\d+, \d+\)", text) or text == "[]":
        return "pairs in brackets" if text.startswith("[") else "pairs"
    if re.fullmatch(r"(?:(?:up|down|left|right)\s?)+", text):
        return "moves"
    if re.fullmatch(r"[A-Z]=\d(?:, [A-Z]=\d)*", text):
        return "letters"
    if "@" in text:
        return "find"
    if re.fullmatch(r"[X.\n]+", text):
        return "signs"
    return "grid" if "\n" in text else "expression"


def _array(answer: Answer, name: str = "array", end: str = "\\\\", apart: str = " & ") -> str | None:
    rows = answer.rows
    if rows is None:
        return None
    columns = f"{{{'c' * len(rows[0])}}}" if name == "array" else ""
    return f"\\begin{{{name}}}{columns} {f' {end} '.join(apart.join(row) for row in rows)} \\end{{{name}}}"


def _boxed_array(answer: Answer) -> str | None:
    made = _array(answer)
    return made and f"The grid is\n$$\\boxed{{{made}}}$$"


def _matrix(answer: Answer) -> str | None:
    made = _array(answer, "bmatrix", "\\\\\n", "&")
    return made and f"\\[\\boxed{{{made}}}\\]"


def _bare_array(answer: Answer) -> str | None:
    made = _array(answer, "pmatrix")
    return made and f"**Final Answer**\n\n\\[\n{made}\n\\]"


def _array_of_items(answer: Answer) -> str | None:
    items = answer.items
    return items and "\\boxed{\\begin{array}{l} " + " \\\\ ".join(items) + " \\end{array}}"


def _table(answer: Answer) -> str | None:
    rows = answer.rows
    if rows is None:
        return None
    rule = "|" + "---|" * len(rows[0])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "Answer:\n\n" + "\n".join([lines[0], rule, *lines[1:]])


def _numbered_table(answer: Answer) -> str | None:
    rows = answer.rows
    if rows is None:
        return None
    head = f"| | {' | '.join(str(1 + place) for place in range(len(rows[0])))} |"
    rule = "|" + "---|" * (len(rows[0]) + 1)
    lines = [f"| **{place}** | {' | '.join(row)} |" for place, row in enumerate(rows, 1)]
    return "### Solution\n\n" + "\n".join([head, rule, *lines])


def _bold_cells(answer: Answer) -> str | None:
    rows = answer.rows
    return rows and "Final answer:\n" + "\n".join(" ".join(f"**{cell}**" for cell in row) for row in rows)


def _named_rows(answer: Answer) -> str | None:
    rows = answer.rows
    return rows and "Answer:\n" + "\n".join(f"Row {place}: {' '.join(row)}" for place, row in enumerate(rows, 1))


def _step_table(answer: Answer) -> str | None:
    if answer.form not in ("moves", "ladder", "vertices"):
        return None
    lines = [f"| {place} | {item} |" for place, item in enumerate(answer.items or (), 1)]
    return "Answer:\n\n| Step | Move |\n|:---:|:---|\n" + "\n".join(lines)


def _cell_table(answer: Answer) -> str | None:
    if answer.form not in ("pairs", "pairs in brackets"):
        return None
    lines = [f"| {item.strip('()').replace(', ', ' | ')} |" for item in answer.items or ()]
    return "Answer:\n\n| Row | Column |\n|---|---|\n" + "\n".join(lines)


def _numbered(answer: Answer) -> str | None:
    items = answer.items
    if not items or len(items) < 2:
        return None
    return "**Answer**\n\n" + "\n".join(f"{place}. {item}" for place, item in enumerate(items, 1))


def _stepped(answer: Answer) -> str | None:
    items = answer.items
    if not items or len(items) < 2:
        return None
    return "The answer is:\n" + "\n".join(f"Step {place}: {item}" for place, item in enumerate(items, 1))


def _bullets(answer: Answer) -> str | None:
    items = answer.items
    if not items or len(items) < 2:
        return None
    return "Answer:\n" + "\n".join(f"- {item}" for item in items)


def _arrows(arrow: str) -> Wrapped:
    def wrapped(answer: Answer) -> str | None:
        items = answer.items
        return items and f"\\boxed{{{f' {arrow} '.join(items)}}}" if answer.form != "letters" else None

    return wrapped


def _texts(answer: Answer) -> str | None:
    items = answer.items
    if not items:
        return None
    return "$\\boxed{" + ", ".join(f"\\text{{{item}}}" for item in items) + "}$"


def _lines_of_text(answer: Answer) -> str | None:
    rows = answer.rows
    return rows and "\\boxed{" + " \\\\ ".join(f"\\text{{{' '.join(row)}}}" for row in rows) + "}"


def _json(answer: Answer) -> str:
    value: object = answer.text
    items, rows = answer.items, answer.rows
    if rows is not None:
        value = [[int(cell) if cell.isdigit() else cell for cell in row] for row in rows]
    elif answer.form in ("pairs", "pairs in brackets", "disks") and items:
        value = [json.loads(f"[{item.strip('()')}]") for item in items]
    elif answer.form == "vertices":
        value = json.loads(answer.text)
    elif answer.form == "letters":
        value = {item[0]: int(item[-1]) for item in items or ()}
    elif answer.form == "number":
        value = int(answer.text)
    elif items:
        value = items
    return json.dumps({"answer": value})


def _for_number(pattern: str) -> Wrapped:
    return lambda answer: pattern.format(answer.text) if answer.form == "number" else None


def _for_expression(pattern: str) -> Wrapped:
    return lambda answer: pattern.format(answer.text) if answer.form == "expression" else None


def _for_no(text: str) -> Wrapped:
    return lambda answer: text if answer.form == "no" else None


def _plain(before: str, after: str = "") -> Wrapped:
    return lambda answer: f"{before}{answer.text}{after}"


WRAPPINGS: dict[str, Wrapped] = {
    "bare": _plain(""),
    "answer tag": _plain("<think>Let me see.</think>\n<answer>", "</answer>"),
    "answer tag on lines of its own": _plain("<answer>\n", "\n</answer>"),
    "box": _plain("So:\n\\boxed{", "}"),
    "box in an answer tag": _plain("<answer>\\boxed{", "}</answer>"),
    "box in mathematics": _plain("$$\\boxed{", "}$$"),
    "box then a full stop": _plain("Therefore, the final answer is $\\boxed{", "}$."),
    "box of text": _plain("\\boxed{\\text{", "}}"),
    "box of mathrm": _plain("\\(\\boxed{\\mathrm{", "}}\\)"),
    "box tokens": _plain("The result: <|begin_of_box|>", "<|end_of_box|>"),
    "box tokens and end": _plain("<think>hm</think>I checked it.\n<|begin_of_box|>", "<|end_of_box|><|im_end|>"),
    "heading": _plain("I looked at every row.\n\n### Final Answer\n\n"),
    "heading with colon": _plain("## Final Answer:\n"),
    "bold heading": _plain("It works out.\n\n**Final Answer**\n"),
    "bold cue": _plain("**Answer:** "),
    "bold cue, colon outside": _plain("**Final answer**: "),
    "heading and box": _plain("### Final Answer\n\n$\\boxed{", "}$"),
    "Chinese heading": _plain("检查完毕。\n\n### 最终答案\n\n"),
    "Chinese cue": _plain("经过推理，答案是：", "。"),
    "Chinese cue and box": _plain("因此，最终答案为 $\\boxed{", "}$。"),
    "traditional Chinese cue": _plain("因此，最終答案是："),
    "the answer is": _plain("The answer is ", "."),
    "the answer is, in bold": _plain("The final answer is **", "**."),
    "the answer is, below": _plain("So the answer is:\n\n"),
    "one more sentence": _plain("", "\nThis satisfies all constraints."),
    "cue and one more sentence": _plain("Answer: ", "\n\nThis satisfies all the conditions of the puzzle."),
    "cue, sentence on the same line": _plain("The answer is ", ". This satisfies all constraints."),
    "box and more sentences": _plain("\\boxed{", "}\n\nEvery rule is met, and each condition was checked twice."),
    "Chinese sentence after": _plain("答案：", "\n\n满足所有条件。"),
    "here is": _plain("Here is the solution:\n\n"),
    "label": _plain("Solution: "),
    "label path": lambda a: f"Path: {a.text}" if a.items else None,
    "label the moves are": lambda a: f"The moves are: {a.text}" if a.items else None,
    "fence": _plain("So it is\n```\n", "\n```"),
    "fence with a language": _plain("```text\n", "\n```"),
    "fence below a heading": _plain("### Final Answer\n```plaintext\n", "\n```\nAll rules hold."),
    "code": lambda a: f"The final answer is `{a.text}`." if "\n" not in a.text else None,
    "dollars": _plain("Answer: $", "$"),
    "parentheses of mathematics": _plain("Answer: \\(", "\\)"),
    "display mathematics": _plain("The solution is\n\\[\n", "\n\\]"),
    "full stop": _plain("Answer: ", "."),
    "other line ends": lambda a: "Answer:\r\n" + a.text.replace("\n", "\r\n") + "\r\n",
    "indented": lambda a: "Answer:\n" + "\n".join(f"    {line}" for line in a.text.split("\n")),
    "quoted": lambda a: "Final answer:\n\n" + "\n".join(f"> {line}" for line in a.text.split("\n")),
    "quotes": lambda a: f'The answer is "{a.text}".' if a.form not in ("ladder",) else None,
    "full-width digits": lambda a: f"\\boxed{{{a.text.translate(FULL_WIDTH)}}}",
    "boxes in the working": _plain("First I get \\boxed{0}. Then, going on, the final answer is \\boxed{", "}."),
    "corrected": _plain("\\boxed{7}\n\nWait, I made a mistake. It should be \\boxed{", "}"),
    "JSON": _json,
    "JSON in a fence": lambda a: f"```json\n{_json(a)}\n```",
    "JSON after a sentence": lambda a: f"Here is the result in the format that was asked for:\n{_json(a)}",
    "array": _boxed_array,
    "bmatrix": _matrix,
    "bare pmatrix": _bare_array,
    "array of items": _array_of_items,
    "array in an answer tag": lambda a: f"<answer>{_array(a)}</answer>" if a.rows else None,
    "lines of text": _lines_of_text,
    "Markdown table": _table,
    "table with numbers": _numbered_table,
    "bold cells": _bold_cells,
    "named rows": _named_rows,
    "table of steps": _step_table,
    "table of cells": _cell_table,
    "numbered list": _numbered,
    "steps": _stepped,
    "bullets": _bullets,
    "LaTeX arrows": _arrows("\\rightarrow"),
    "LaTeX to": _arrows("\\to"),
    "LaTeX double arrows": _arrows("\\Rightarrow"),
    "arrows": _arrows("→"),
    "ASCII arrows": _arrows("->"),
    "items in text": _texts,
    "semicolons": lambda a: f"\\boxed{{{'; '.join(a.items)}}}" if a.items else None,
    "and before the last": lambda a: (
        f"Answer: {', '.join(a.items[:-1])} and {a.items[-1]}"
        if a.items and len(a.items) > 1 and a.form != "ladder"
        else None
    ),
    "set braces": lambda a: (
        f"\\boxed{{\\{{{', '.join(a.items)}\\}}}}" if a.items and a.form.startswith("pairs") else None
    ),
    "number with Chinese unit": _for_number("答案是 {}元。"),
    "number with units": _for_number("The answer is {} units."),
    "number with text unit": _for_number("\\boxed{{{}\\text{{ units}}}}"),
    "number with square unit": _for_number("\\boxed{{{}\\,\\text{{m}}^2}}"),
    "number with a power of a unit": _for_number("\\boxed{{{}m^2}}"),
    "number with a superscript": _for_number("Answer: {} m²"),
    "decimal": _for_number("\\boxed{{{}.0}}"),
    "equation": _for_number("\\boxed{{x = {}}}"),
    "sentence": _for_number("The largest value that can be reached is {}."),
    "thousands": lambda a: f"\\boxed{{{int(a.text):,}}}" if a.form == "number" else None,
    "LaTeX thousands": lambda a: f"\\boxed{{{f'{int(a.text):,}'.replace(',', '{,}')}}}" if a.form == "number" else None,
    "equals 24": _for_expression("\\boxed{{{} = 24}}"),
    "24 equals": _for_expression("Answer: 24 = {}"),
    "equals 24 in a sentence": _for_expression("The expression is ${} = 24$."),
    "LaTeX signs": lambda a: (
        "\\boxed{" + a.text.replace("*", "\\times").replace("/", "\\div") + "}" if a.form == "expression" else None
    ),
    "ratio sign": lambda a: f"Answer: {a.text.replace('/', ':')}" if a.form == "expression" else None,
    "no such path exists": _for_no("\\boxed{No such path exists}"),
    "no with a reason": _for_no("No, because too many vertices have an odd degree."),
    "there is no such cycle": _for_no("The answer is: There is no such cycle."),
    "no such cycle in text": _for_no("<answer>No such cycle exists.</answer>"),
    "no in Chinese": _for_no("答案：不存在这样的回路。"),
    "no and a sentence": _for_no("No.\n\nThe degrees do not allow it."),
    "yes and a sentence": lambda a: "Yes. The two graphs are isomorphic." if a.form == "yes" else None,
    "yes, the list": lambda a: f"Yes: {a.text}" if a.form == "vertices" else None,
}
FULL_WIDTH = str.maketrans({digit: chr(ord(digit) + 0xFEE0) for digit in "0123456789"})


def wrapped(text: str) -> Iterator[tuple[str, str]]:
    """A right answer in every dress that fits its form."""
    answer = Answer(form_of(text), text)
    for name, wrap in WRAPPINGS.items():
        made = wrap(answer)
        if made:
            yield name, made


SPOILT: dict[str, Callable[[str, str], str]] = {
    "not": lambda right, other: f"The answer is not {right}",
    "not in the box": lambda right, other: f"\\boxed{{\\text{{not }} {right}}}",
    "not before the box": lambda right, other: f"It is not \\boxed{{{right}}}.",
    "I don't think": lambda right, other: f"I don't think the answer is {right}",
    "maybe": lambda right, other: f"maybe {right}?",
    "perhaps": lambda right, other: f"Perhaps the answer is {right}",
    "probably": lambda right, other: f"It is probably \\boxed{{{right}}}",
    "might": lambda right, other: f"The answer might be {right}",
    "about": lambda right, other: f"The answer is about {right}",
    "guess": lambda right, other: f"My best guess: {right}",
    "not sure": lambda right, other: f"\\boxed{{{right}}}\n\nI am not sure whether this is right.",
    "asked": lambda right, other: f"Is it \\boxed{{{right}}}?",
    "wrong": lambda right, other: f"\\boxed{{{right}}} is wrong.",
    "wrong answer": lambda right, other: f"A wrong answer: {right}",
    "Chinese not": lambda right, other: f"答案不是 {right}",
    "Chinese maybe": lambda right, other: f"可能是 {right}",
    "or": lambda right, other: f"The answer is {right} or {other}",
    "or, the other first": lambda right, other: f"{other} or {right}",
    "two boxes": lambda right, other: f"\\boxed{{{right}}}\n\n\\boxed{{{other}}}",
    "two boxes, right last": lambda right, other: f"\\boxed{{{other}}} or \\boxed{{{right}}}",
    "two cues": lambda right, other: f"Answer: {right}\n\nAnswer: {other}",
    "two tags": lambda right, other: f"<answer>{other}</answer><answer>{right}</answer>",
    "corrected to the other": lambda right, other: f"\\boxed{{{right}}}. Wait, no: \\boxed{{{other}}}",
    "a later cue": lambda right, other: f"\\boxed{{{right}}} was my first try. The final answer is {other}",
    "only thought": lambda right, other: f"<think>\\boxed{{{right}}}</think>\nThe answer is {other}",
    "box left open": lambda right, other: f"\\boxed{{{right}",
    "tag left open": lambda right, other: f"<answer>{right}",
    "token left open": lambda right, other: f"<|begin_of_box|>{right}",
    "other in a box": lambda right, other: f"\\boxed{{{other}}}",
    "other after a cue": lambda right, other: f"The answer is {other}.",
    "other in a fence": lambda right, other: f"```\n{other}\n```",
}
"""What is said of a right answer, beside another that is wrong, and is no answer or a wrong one."""

NUMBERS = (
    "\\boxed{{\\sqrt{{{}}}}}",
    "\\boxed{{{}^2}}",
    "\\boxed{{{}!}}",
    "\\boxed{{-{}}}",
    "minus {}",
    "{} million",
    "{}k",
    "{}万",
    "at least {}",
    "at most {}",
    "more than {}",
    "\\boxed{{\\neq {}}}",
    "\\boxed{{\\pm {}}}",
    "about {}",
    "{}?",
    "{}/2",
    "{}.5",
    "{}%",
    "between 0 and {}",
    "twice {}",
    "0x{}",
    "{}e2",
    "{}0",
    "1{}",
    "\\boxed{{{}_8}}",
    "less than {} units",
    "{}±1",
    "~{}",
    "2 * {}",
    "{} + 1",
    "nearly {} units",
    "under {}",
    "neither {} nor less",
    "{}以上",
    "大约{}",
    "不是{}",
)
"""What makes another number of a number, or none."""


def changed(text: str, rng: Random) -> Iterator[str]:
    """Answers with one thing changed: an item, a sign, a digit, the order, the end."""
    pieces = re.split(r"(\w+)", text)
    places = range(1, len(pieces), 2)
    for place in rng.sample(places, min(3, len(places))):
        piece = pieces[place]
        new = (
            str(int(piece) + rng.choice((-1, 1)))
            if piece.isdigit() and len(piece) < 9
            else piece[::-1] + "q"[: len(piece) == 1]
        )
        yield "".join([*pieces[:place], new, *pieces[place + 1 :]])
    if len(places) > 3:
        first, second = rng.sample(places, 2)
        swapped = [*pieces]
        swapped[first], swapped[second] = pieces[second], pieces[first]
        yield "".join(swapped)
    yield text[: len(text) // 2]
    yield text[: 2 * len(text) // 3]
    if text in ("Yes", "No"):
        yield "No" if text == "Yes" else "Yes"


def spoilt(text: str, others: list[str], rng: Random) -> Iterator[tuple[str, str]]:
    """Near misses: ``others`` are answers of which the verifier itself says that they are wrong."""
    for name, spoil in SPOILT.items():
        if others:
            yield name, spoil(text, rng.choice(others))
    answer = Answer(form_of(text), text)
    for other in others:
        dresses = list(wrapped(other))
        for name, made in rng.sample(dresses, min(3, len(dresses))):
            yield f"other: {name}", made
    if answer.form == "number":
        for pattern in NUMBERS:
            yield f"number: {pattern}", pattern.format(text)
    if answer.form == "yes":
        yield "yes and no", "Yes, no"
        yield "not isomorphic", "The graphs are not isomorphic"
    if answer.form == "no":
        yield "yes", "Yes, there is one"
        yield "not impossible", "It is not impossible"
