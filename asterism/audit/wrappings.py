"""Usual forms in which models state an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from asterism.audit.gold import Gold, Shape

Form = Literal["tagged", "boxed", "free"]
"""How the answer is marked: by ``<answer>`` tags, by a box, or by words and its place."""

ANSWER, OTHER, OPTION = "⟦answer⟧", "⟦other⟧", "⟦option⟧"
"""What stands in a template for the answer, for a wrong one, and for the text of the right option."""
THOUGHT = "Look closely and compare what is shown with what is asked."
THOUGHTS = (
    THOUGHT,
    "A closer look at the left side settles it.",
    "There are two ways to see this, and both agree.",
    "I first describe the image, then judge what it implies.",
    "Nothing in the background matters here.",
    "The caption is not needed to decide this.",
    "As a check, I went through everything once more.",
    "At first this seems wrong, but it holds on closer inspection.",
    "It is easy to be misled by the colours.",
    "Taking each part in turn leaves only one possibility.",
    "The drawing is true to scale, so it can be measured.",
    "Some details are hard to see, though they do not change the result.",
    "Let me think about what is asked.",
    "We are given all that we need.",
    "From the definition it follows at once.",
    "This is a matter of reading the image carefully.",
    "None of the other readings fits what is shown.",
    "By symmetry it is enough to look at one half.",
    "The person in front draws attention, yet the object behind decides.",
    "Hence everything is determined.",
)
"""Sentences of working; the first stands in templates and is exchanged for another in each answer."""
_ALL: tuple[Shape, ...] = ("truth", "letter", "number", "words", "other")
_PLAIN: tuple[Shape, ...] = ("truth", "letter", "number", "words")
_WIDE = str.maketrans({code: code + 0xFEE0 for code in range(ord("0"), ord("z") + 1) if chr(code).isalnum()})


@dataclass(frozen=True, slots=True)
class Wrapping:
    """A form: a template, for which shapes of answers it is usual, and whether its answer stands in mathematics.

    ``write`` changes the letters of the answer, for example to full width.
    """

    name: str
    form: Form
    template: str
    shapes: tuple[Shape, ...] = _ALL
    maths: bool = False
    write: Callable[[str], str] = str

    def fits(self, gold: Gold, answer: str) -> bool:
        """Whether somebody would write this answer so."""
        if gold.shape not in self.shapes or (OPTION in self.template and not gold.options):
            return False
        if self.maths and ("$" in answer or "\n" in answer):
            return False
        return not ('"' in self.template and ("\\" in answer or '"' in answer or "\n" in answer))

    def wrap(self, answer: str, other: str = "", option: str = "") -> str:
        """A completion that states the answer."""
        written = self.write(_escaped(answer) if self.maths else answer)
        given = _escaped(other) if f"{{{OTHER}}}" in self.template else other
        return self.template.replace(ANSWER, written).replace(OTHER, given).replace(OPTION, option)


def _wrapping(
    name: str,
    form: Form,
    template: str,
    *,
    shapes: tuple[Shape, ...] = _ALL,
    maths: bool = False,
    write: Callable[[str], str] = str,
) -> Wrapping:
    filled = template.replace("@", ANSWER).replace("#", OPTION).replace("~", OTHER).replace("…", THOUGHT)
    return Wrapping(name, form, filled, shapes, maths, write)


def _escaped(answer: str) -> str:
    """An answer as it stands in LaTeX."""
    return answer.replace("%", r"\%")


def widened(text: str) -> str:
    """Letters and digits in full width."""
    return text.translate(_WIDE)


_CHOICE: tuple[Shape, ...] = ("letter",)
_SENTENCE: tuple[Shape, ...] = ("truth", "letter", "number")

TAGGED = _wrapping("tags", "tagged", "<think>…</think>\n<answer>@</answer>")
BOXED = _wrapping("box", "boxed", "<think>…</think>\nSo the result is $\\boxed{@}$.", maths=True)
CUE = _wrapping("cue", "free", "…\nThe answer is @.", shapes=_PLAIN)
BARE = _wrapping("bare", "free", "@")

WRAPPINGS: tuple[Wrapping, ...] = (
    TAGGED,
    _wrapping("tags, no thinking", "tagged", "<answer>@</answer>"),
    _wrapping("tags on lines of their own", "tagged", "<think>\n…\n</think>\n\n<answer>\n@\n</answer>\n"),
    _wrapping("tags, bold", "tagged", "<think>…</think><answer>**@**</answer>"),
    _wrapping("tags, dollars", "tagged", "<think>…</think><answer>$@$</answer>", shapes=("number",), maths=True),
    _wrapping("tags and box", "tagged", "<think>…</think><answer>\\boxed{@}</answer>", maths=True),
    _wrapping("tags, a sentence", "tagged", "<think>…</think><answer>The answer is @.</answer>", shapes=_PLAIN),
    _wrapping("tags in capitals", "tagged", "<THINK>…</THINK><ANSWER>@</ANSWER>"),
    _wrapping("thinking opened by the prompt", "tagged", "…\n</think>\n<answer>@</answer>"),
    _wrapping("tags, then a sentence", "tagged", "<think>…</think><answer>@</answer>\nI hope this helps."),
    _wrapping("tags, then a number", "tagged", "<think>…</think><answer>@</answer>\nI compared 2 rows.", shapes=_PLAIN),
    _wrapping("tags in thinking too", "tagged", "<think>… So <answer>@</answer>.</think><answer>@</answer>"),
    _wrapping("another answer while thinking", "tagged", "<think>At first ~ seems right. …</think><answer>@</answer>"),
    BOXED,
    _wrapping("box alone", "boxed", "\\boxed{@}", maths=True),
    _wrapping("box, display", "boxed", "…\n\\[\n\\boxed{@}\n\\]", maths=True),
    _wrapping("box, double dollars", "boxed", "…\n$$\\boxed{@}$$", maths=True),
    _wrapping("box of text", "boxed", "… The result: $\\boxed{\\text{@}}$", shapes=("truth", "letter", "words")),
    _wrapping("box, then a sentence", "boxed", "$\\boxed{@}$\n\nThis is what the image shows.", maths=True),
    _wrapping("box and cue", "boxed", "…\nThe answer is @.\n\n$\\boxed{@}$", shapes=_PLAIN, maths=True),
    CUE,
    BARE,
    _wrapping("bare, full stop", "free", "@.", shapes=_PLAIN),
    _wrapping("thinking, then bare", "free", "<think>…</think>\n\n@"),
    _wrapping("Answer:", "free", "…\nAnswer: @"),
    _wrapping("Answer, bold", "free", "…\n\n**Answer:** @"),
    _wrapping("all bold", "free", "…\n\n**Answer: @**"),
    _wrapping("Final answer:", "free", "Final answer: @"),
    _wrapping("heading", "free", "…\n\n### Final Answer\n\n@"),
    _wrapping("correct answer, bold", "free", "… Therefore, the correct answer is **@**.", shapes=_PLAIN),
    _wrapping("steps", "free", "**Step by step**\n- Look at the image.\n- Compare.\n\nAnswer: @"),
    _wrapping("then a sentence", "free", "Answer: @\n\nThis follows from what the image shows."),
    _wrapping("then a clause", "free", "The answer is @, as the image shows.", shapes=_SENTENCE),
    _wrapping("stated twice", "free", "The answer is @. …\n\nFinal answer: @", shapes=_PLAIN),
    _wrapping("in mathematics", "free", "… The final answer is $@$.", shapes=("number",), maths=True),
    _wrapping("code", "free", "…\n```\n@\n```"),
    _wrapping("JSON", "free", '{"answer": "@"}', shapes=_PLAIN),
    _wrapping("JSON, fenced", "free", '…\n```json\n{"answer": "@"}\n```', shapes=_PLAIN),
    _wrapping("list item", "free", "…\n\n- Answer: @"),
    _wrapping("quotation", "free", "…\n\n> Answer: @"),
    _wrapping("after a doubt", "free", "I don't think the answer is ~. …\nThe answer is @.", shapes=_SENTENCE),
    _wrapping(
        "after a box in the working",
        "free",
        "First, $\\boxed{~}$ is ruled out. …\nThe final answer is @.",
        shapes=_SENTENCE,
    ),
    _wrapping("Chinese", "free", "先看图，再比较。\n答案是@。", shapes=_PLAIN),
    _wrapping("Chinese, colon", "free", "先看图，再比较。\n答案：@"),
    _wrapping("Chinese, final", "free", "<think>先看图。</think>因此，最终答案为@。", shapes=_PLAIN),
    _wrapping("Chinese, tags", "tagged", "<think>先看图，再比较。</think><answer>@</answer>"),
    _wrapping("traditional Chinese", "free", "先看圖，再比較。\n答案是@。", shapes=_PLAIN),
    _wrapping("traditional Chinese, final", "free", "<think>先看圖。</think>所以正確答案是@。", shapes=_PLAIN),
    _wrapping("traditional Chinese, colon", "free", "先看圖，再比較。\n答案：@"),
    _wrapping("Chinese choice", "free", "先看图，再比较。故选@。", shapes=_CHOICE),
    _wrapping("traditional Chinese choice", "free", "先看圖，再比較。所以選擇@。", shapes=_CHOICE),
    _wrapping("full width", "free", "答案：@", shapes=("letter", "number"), write=widened),
    _wrapping("bracketed", "free", "…\n(@)", shapes=_CHOICE),
    _wrapping("letter and option", "free", "…\nThe answer is @. #", shapes=_CHOICE),
    _wrapping("letter, option in brackets", "tagged", "<think>…</think><answer>@ (#)</answer>", shapes=_CHOICE),
    _wrapping("Option fits", "free", "Option @ fits what is shown.", shapes=_CHOICE),
    _wrapping("statements and figures", "free", "Since I and II hold (see figure H), the answer is @.", shapes=_CHOICE),
    _wrapping("the option's text", "tagged", "<think>…</think><answer>#</answer>", shapes=_CHOICE),
)
"""Every form, the usual ones first; at least 30 fit any answer of one word or number."""
CORE = (TAGGED, BOXED, CUE, BARE)
"""The forms in which other writings and wrong values are put."""
