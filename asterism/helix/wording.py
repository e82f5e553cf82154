"""What a model is asked, in English and Chinese."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Wording:
    """The same text in both languages."""

    en: str
    zh: str

    def said(self, language: Language) -> str:
        """The text in one of them."""
        return self.en if language == "en" else self.zh


_IMAGED = Wording("The picture shows the instance.", "题目如图所示。")
_WRITTEN = Wording("The instance:", "题目如下：")
_ENDING = Wording(
    "Think it through, then end with your final answer in \\boxed{}, in exactly the form described.",
    "请先思考，最后把答案按上述格式写在 \\boxed{} 中。",
)


def short_prompt(title: Wording, instance: str | None, language: Language) -> str:
    """Title, the instance as text unless it is pictured, and how to end: for a reader who knows the rules."""
    shown = [] if instance is None else [instance]
    return "\n\n".join((title.said(language), *shown, _ENDING.said(language)))


def titled_prompt(title: Wording, instance: str | None, language: Language) -> str:
    """Title and instance alone, in as few tokens as can be: for a policy that knows the form of an answer too."""
    return "\n".join((title.said(language), *([] if instance is None else [instance])))


def plain_prompt(question: str, language: Language) -> str:
    """A question that is no puzzle, and how to end."""
    return f"{question}\n\n{_ENDING.said(language)}"


def prompt(title: Wording, rules: Wording, instance: str | None, language: Language) -> str:
    """Title, rules, the instance as text unless it is pictured, and how to end."""
    shown = _IMAGED.said(language) if instance is None else f"{_WRITTEN.said(language)}\n{instance}"
    return "\n\n".join((title.said(language), rules.said(language), shown, _ENDING.said(language)))
