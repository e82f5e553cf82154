"""What the server is asked: a caption, statements, and each statement again without the image.

Whatever comes from a record (caption, explanation) stands in a slot of its own, put there by joining strings:
braces, percent signs or instructions inside it change nothing around it.
"""

from collections.abc import Mapping
from typing import Any, Literal

from asterism.metaphor.builder.statement import LEVELS, Statement, render_statements

Language = Literal["en", "zh"]

_EXAMPLE = {
    "en": (
        Statement("A lit candle stands in front of a closed door.", "T", "literal", "candle and door in the middle"),
        Statement("The candle has burnt out.", "F", "literal", "the flame is drawn in yellow"),
        Statement(
            "The candle stands for hope that waits to be let in.", "T", "symbolic", "its light falls on the door"
        ),
        Statement("The closed door stands for safety from the cold.", "F", "symbolic", "nobody is sheltered behind it"),
        Statement(
            "The picture suggests that patience may open what force does not.", "T", "implication", "no key, no hand"
        ),
    ),
    "zh": (
        Statement("一支点燃的蜡烛立在关着的门前。", "T", "literal", "画面中央的蜡烛和门"),
        Statement("蜡烛已经熄灭了。", "F", "literal", "火苗画成黄色"),
        Statement("蜡烛象征着等待被接纳的希望。", "T", "symbolic", "烛光照在门上"),
        Statement("关着的门象征着躲避严寒的庇护。", "F", "symbolic", "门后没有人得到庇护"),
        Statement("画面暗示耐心或许能打开强力打不开的东西。", "T", "implication", "没有钥匙，也没有手"),
    ),
}

_CAPTION = {
    "en": (
        "Describe this picture in one short paragraph, in English. Name who or what is in it, any text word for word, "
        "the colours, how things are placed, and the details that stand out. Describe what can be seen and leave out "
        "what it might mean. Reply with the paragraph alone."
    ),
    "zh": (
        "请用中文以一小段话描述这张图片：画中有谁、有什么，逐字写出图中的文字，说明颜色、位置关系和引人注意的细节。"
        "只写看得见的内容，不要解释含义。只回复这段描述。"
    ),
}

_ROLE = {
    "en": (
        "You study how pictures carry meaning: cartoons, posters, comics, memes. Write true/false statements that test "
        "whether somebody has understood this picture. A reader will judge each statement alone, with the picture and "
        "without the texts below."
    ),
    "zh": (
        "你研究图片如何传达含义：漫画、海报、连环画、表情包。请为这张图片编写判断题陈述，用来检验一个人是否真正看懂了它。"
        "读者会看着图片单独判断每一条陈述，看不到下面的文字。"
    ),
}
_SLOTS = {
    "en": (
        "What can be seen (a description by a model, may contain mistakes)",
        "What it means (an explanation by a person)",
    ),
    "zh": ("看得见的内容（由模型描述，可能有错）", "图片的含义（由人撰写的解释）"),
}
_RULES = {
    "en": (
        "Write {low} to {high} statements in English, about half of them true and half false, in mixed order.",
        "Spread them over three levels: literal (what can be seen), symbolic (what a thing or a person in it stands "
        "for), implication (what the picture says as a whole).",
        "A true statement is clearly borne out by the picture and the explanation.",
        "A false statement is easily confused with a true one: change one thing that matters (who does it, what it "
        "stands for, which way the meaning points). It must be wrong beyond doubt, and not "
        "to be found out by its wording.",
        "Each statement is one full sentence that can be judged only by looking at the picture. No two may say the "
        "same or contradict each other while bearing the same label. Common knowledge is no statement.",
        "With each, give the evidence: what in the picture makes it true or false.",
    ),
    "zh": (
        "用中文写{low}到{high}条陈述，真假大约各占一半，顺序打乱。",
        "分布在三个层次：literal（看得见的内容）、symbolic（某个事物或人物象征什么）、implication（整幅图想表达什么）。",
        "真的陈述要能由图片和解释明确支持。",
        "假的陈述要容易与真的混淆：只改动一个关键之处（谁做的、象征什么、含义的方向）。它必须确实是错的，而且不能从措辞看出来。",
        "每条陈述是一个完整的句子，只有看图才能判断。任何两条不得意思相同，也不得互相矛盾却标同一个标签。常识不算陈述。",
        "每条都要给出依据：图中的什么使它为真或为假。",
    ),
}
_AS_LINES = {
    "en": "Reply with numbered lines in exactly this form and nothing else. An example about another picture:",
    "zh": "只按下面的格式逐条编号回复，不要写别的内容。这是另一张图片的例子：",
}
_AS_JSON = {
    "en": (
        'Reply with one JSON object: {"statements": [{"statement": …, "label": "T" or "F", "level": "literal", '
        '"symbolic" or "implication", "evidence": …}, …]}.'
    ),
    "zh": (
        '只回复一个 JSON 对象：{"statements": [{"statement": …, "label": "T" 或 "F", "level": "literal"、"symbolic" 或 '
        '"implication", "evidence": …}, …]}。'
    ),
}
_BLIND = {
    "en": (
        "The statement below is about a picture that you are not shown. If common knowledge or its wording alone tells "
        "whether it is true, reply T or F; if one would have to see the picture, reply U. Reply with that one "
        "letter.\nStatement: "
    ),
    "zh": (
        "下面的陈述是关于一张你看不到的图片的。如果仅凭常识或措辞就能判断真假，请回复T或F；如果必须看图才能判断，请回复U。"
        "只回复一个字母。\n陈述："
    ),
}


def caption_prompt(language: Language) -> str:
    """The text that asks for a description of the image before it."""
    return _CAPTION[language]


def statements_prompt(
    explanation: str, caption: str | None, language: Language, low: int, high: int, *, structured: bool
) -> str:
    """The text that asks for statements about the image before it.

    Args:
        explanation: what a person wrote about the meaning.
        caption: what a model saw; None leaves its slot out.
        low, high: fewest and most statements to ask for.
        structured: ask for one JSON object (see :func:`statements_schema`) rather than numbered lines.
    """
    seen, meant = _SLOTS[language]
    slots = [_slot(meant, explanation)] if caption is None else [_slot(seen, caption), _slot(meant, explanation)]
    rules = [rule.replace("{low}", str(low)).replace("{high}", str(high)) for rule in _RULES[language]]
    lines = f"{_AS_LINES[language]}\n{render_statements(_EXAMPLE[language])}"
    form = _AS_JSON[language] if structured else lines
    return "\n\n".join([_ROLE[language], *slots, "\n".join(f"- {rule}" for rule in rules), form])


def blind_prompt(statement: str, language: Language) -> str:
    """The text that asks for a judgement of one statement, sent without any image."""
    return f"{_BLIND[language]}{statement}"


def statements_schema(low: int, high: int) -> Mapping[str, Any]:
    """The JSON schema of the reply, for servers that hold a model to one."""
    text = {"type": "string"}
    fields = {
        "statement": text,
        "label": {"type": "string", "enum": ["T", "F"]},
        "level": {"type": "string", "enum": list(LEVELS)},
        "evidence": text,
    }
    entry = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    statements = {"type": "array", "items": entry, "minItems": low, "maxItems": high}
    return {
        "type": "object",
        "properties": {"statements": statements},
        "required": ["statements"],
        "additionalProperties": False,
    }


def _slot(title: str, text: str) -> str:
    return f'{title}:\n"""\n{text.strip()}\n"""'
