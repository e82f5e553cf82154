"""What the released benchmark parsers make of common ways to answer; what ours makes of them, and why."""

from dataclasses import dataclass

from asterism.answers.reading import Reason

TAGGED, UNREADABLE = Reason.TAGGED, Reason.UNREADABLE


@dataclass(frozen=True, slots=True)
class ParserRow:
    """One way to answer: the released parser's verdict (None: nothing found), and ours."""

    text: str
    released: str | None
    ours: str | None
    our_reason: Reason
    why: str


TRUTH_ROWS = [
    ParserRow("Answer: The statement is false, F", "T", "F", Reason.CUE, "a letter counts only as a word of its own"),
    ParserRow("Answer: True", "T", "T", Reason.CUE, "released: right by accident (first letter)"),
    ParserRow("Answer: False", "F", "F", Reason.CUE, "released: right by accident (first letter)"),
    ParserRow(
        "The T-shirt is red, so the statement is false.",
        "T",
        "F",
        Reason.PROSE,
        "T-shirt is a word; the verdict counts",
    ),
    ParserRow("T-shirt", "T", None, UNREADABLE, "no verdict in it"),
    ParserRow("False", None, "F", Reason.BARE, "the word alone is clear"),
    ParserRow("True", None, "T", Reason.BARE, "the word alone is clear"),
    ParserRow("<answer>True</answer>", "True", "T", TAGGED, "words and letters have one value"),
    ParserRow("<answer>Ｔ</answer>", "Ｔ", "T", TAGGED, "full-width letters are letters"),
    ParserRow("<answer>对</answer>", "对", "T", TAGGED, "Chinese labels are labels"),
    ParserRow("<answer>错误</answer>", "错误", "F", TAGGED, "Chinese labels are labels"),
    ParserRow("答案：正确", None, "T", Reason.CUE, "Chinese cues are cues"),
]

OPTIONS = ("a lonely man", "the passing of time", "greed eats itself", "two friends")

OPTION_ROWS = [
    ParserRow("(C)", None, "C", Reason.BARE, "a bracketed label"),
    ParserRow("C.", None, "C", Reason.BARE, "a label with a full stop"),
    ParserRow("C: text", None, "C", Reason.PROSE, "a label that opens a phrase"),
    ParserRow("greed eats itself", None, "C", Reason.PROSE, "the option's own words"),
    ParserRow("C", None, "C", Reason.BARE, "the label alone"),
    ParserRow("**Answer:** C", None, "C", Reason.CUE, "Markdown is no part of the answer"),
    ParserRow("Answer: (C)", None, "C", Reason.CUE, "a bracketed label after a cue"),
    ParserRow("The correct answer is C", None, "C", Reason.CUE, "a cue without a colon"),
    ParserRow(r"\boxed{C}", None, "C", Reason.BOXED, "a box marks the answer"),
    ParserRow("Answer: Based on the picture", "B", None, UNREADABLE, "the B of a word is no label"),
    ParserRow("Answer: The man is lonely", "T", None, UNREADABLE, "the T of a word is no label; no option says this"),
    ParserRow("<answer>C</answer>", "C", "C", TAGGED, "the asked form"),
]
