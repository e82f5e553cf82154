"""What the released MetaphorStar reward gives, measured, row by row; what ours gives, and why."""

from dataclasses import dataclass

from asterism.answers.reading import Reason


@dataclass(frozen=True, slots=True)
class RewardRow:
    """One completion: the released reward's format and accuracy, and ours (strict)."""

    name: str
    text: str
    released_format: float
    released_accuracy: float
    our_format: float
    our_value: str | None
    our_reason: Reason
    why: str
    gold: str = "T"

    @property
    def our_accuracy(self) -> float:
        return float(self.our_value is not None and self.our_value == self.gold[0].upper())


def _proper(answer: str) -> str:
    return f"<think>a</think> <answer>{answer}</answer>"


TAGGED, AMBIGUOUS, UNREADABLE = Reason.TAGGED, Reason.AMBIGUOUS, Reason.UNREADABLE
_LABEL = "a truth word is a truth word, spelled out or not"
_WRAP = "brackets and LaTeX wrappers around a label are no mathematics"
_MATHS = "a label is compared as a label: an expression that happens to equal it is no answer"
_QUOTED = "the form wants every tag once, so that the answer is findable"

REWARD_ROWS = [
    RewardRow("proper", _proper("T"), 1, 1, 1, "T", TAGGED, "the asked form"),
    RewardRow("wrong letter", _proper("F"), 1, 0, 1, "F", TAGGED, "formatted and wrong earns half, as released"),
    RewardRow("True", _proper("True"), 1, 0, 1, "T", TAGGED, _LABEL),
    RewardRow("T (True)", _proper("T (True)"), 1, 0, 1, "T", TAGGED, "label and word agree"),
    RewardRow("T.", _proper("T."), 1, 0, 1, "T", TAGGED, "a full stop changes nothing"),
    RewardRow("bold", _proper("**T**"), 1, 0, 1, "T", TAGGED, "Markdown is no part of the answer"),
    RewardRow("newlines", _proper("\nT\n"), 1, 0, 1, "T", TAGGED, "white space is no part of the answer"),
    RewardRow("trailing newline", _proper("T") + "\n", 0, 1, 1, "T", TAGGED, "white space around the blocks is fine"),
    RewardRow("text after", _proper("T") + " Done.", 0, 1, 0, "T", TAGGED, "text outside the blocks breaks the form"),
    RewardRow("leading space", " " + _proper("T"), 0, 1, 1, "T", TAGGED, "white space around the blocks is fine"),
    RewardRow("empty think", "<think></think><answer>T</answer>", 1, 1, 0, "T", TAGGED, "thinking is part of the form"),
    RewardRow(
        "empty think and answer",
        "<think></think><answer></answer>",
        1,
        0,
        0,
        None,
        Reason.EMPTY,
        "nothing was thought and nothing answered",
    ),
    RewardRow("no tags", "T", 0, 1, 0, "T", Reason.BARE, "a bare label is clear; the form is missing"),
    RewardRow("Answer: T", "Answer: T", 0, 0, 0, "T", Reason.CUE, "an answer cue is clear; the form is missing"),
    RewardRow("The answer is T", "The answer is T", 0, 0, 0, "T", Reason.CUE, "as above"),
    RewardRow(
        "two answers T, F",
        "<think>a</think><answer>T</answer><answer>F</answer>",
        1,
        1,
        0,
        None,
        AMBIGUOUS,
        "two answers that disagree are no answer; taking the first rewards hedging",
    ),
    RewardRow(
        "two answers F, T",
        "<think>a</think><answer>F</answer><answer>T</answer>",
        1,
        0,
        0,
        None,
        AMBIGUOUS,
        "as above; nor is the last one taken",
    ),
    RewardRow(
        "answer inside think",
        "<think>maybe <answer>T</answer></think><answer>F</answer>",
        1,
        1,
        0,
        "F",
        TAGGED,
        "only what stands outside thinking is an answer; " + _QUOTED,
    ),
    RewardRow(
        "think quotes the template",
        "<think>I write <answer>...</answer></think><answer>T</answer>",
        1,
        0,
        0,
        "T",
        TAGGED,
        "as above",
    ),
    RewardRow(
        "think and answer twice",
        "<think>a</think><answer>T</answer><think>b</think><answer>F</answer>",
        1,
        1,
        0,
        None,
        AMBIGUOUS,
        "two answers that disagree are no answer",
    ),
    RewardRow(
        "nested think",
        "<think>a<think>b</think>c</think><answer>T</answer>",
        1,
        1,
        0,
        "T",
        TAGGED,
        "read through; but the form wants one block",
    ),
    RewardRow(
        "answer before think",
        "<answer>T</answer><think>a</think>",
        0,
        1,
        0,
        "T",
        TAGGED,
        "the answer is clear; the order is wrong",
    ),
    RewardRow(
        "unclosed answer",
        "<think>a</think><answer>T",
        0,
        0,
        0,
        None,
        Reason.UNCLOSED,
        "what was cut off might have gone on ('T or F')",
    ),
    RewardRow(
        "upper-case tags",
        "<THINK>a</THINK><ANSWER>T</ANSWER>",
        0,
        0,
        0,
        "T",
        TAGGED,
        "read in any case; the form wants the tags as asked",
    ),
    RewardRow("boxed", _proper(r"\boxed{T}"), 1, 1, 1, "T", TAGGED, _WRAP),
    RewardRow("round brackets", _proper("(T)"), 1, 1, 1, "T", TAGGED, _WRAP),
    RewardRow("square brackets", _proper("[T]"), 1, 1, 1, "T", TAGGED, _WRAP),
    RewardRow("dollars", _proper("$T$"), 1, 1, 1, "T", TAGGED, _WRAP),
    RewardRow("per cent", _proper(r"T\%"), 1, 1, 1, None, UNREADABLE, _MATHS),
    RewardRow("equation", _proper("x=T"), 1, 1, 1, None, UNREADABLE, _MATHS),
    RewardRow("sum", _proper("T+0"), 1, 1, 1, None, UNREADABLE, _MATHS),
    RewardRow("difference", _proper("2T-T"), 1, 1, 1, None, UNREADABLE, _MATHS),
    RewardRow("cancelling", _proper("F-F+T"), 1, 1, 1, None, UNREADABLE, _MATHS),
    RewardRow("power", _proper("T^1"), 1, 1, 1, None, UNREADABLE, _MATHS),
    RewardRow("gold True", _proper("T"), 1, 0, 1, "T", TAGGED, "stored labels are read like answers", gold="True"),
    RewardRow(
        "tower of powers",
        _proper("9**9**9**9"),
        1,
        0,  # the released reward hangs here; ours in reference mode calls it wrong
        1,
        None,
        UNREADABLE,
        "nothing is evaluated, so nothing hangs",
    ),
]
