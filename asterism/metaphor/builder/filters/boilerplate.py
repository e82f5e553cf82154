"""Texts that are too short to mean anything, that speak of the writer instead of the image, or fit any image."""

import re
import unicodedata

from asterism.metaphor.builder.lexicon import chinese, english

_HAN = re.compile(r"[㐀-鿿]")
_WORDS = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|\d+")
_WRITER = re.compile(
    r"\bas an? (?:ai|artificial intelligence|(?:large |vision |visual )?(?:language )?(?:model|assistant))\b"
    r"|\b(?:ai|language) model\b"
    r"|\bi(?:'m| am) (?:sorry|unable|not able|just an?)\b"
    r"|\bi (?:can(?:no|')t|could not|couldn't|do not|don't|am unable to|won't)"
    r" (?:see|view|access|analy[sz]e|identify|help|assist|determine|process|provide|comment|interpret|display|open|tell"
    r"|have)\b"
    r"|\b(?:sorry|apologi[sz]e|apologies)\b[^.]{0,30}\b(?:but|can't|cannot|unable|image|picture|request)\b"
    r"|\b(?:no|without(?: an?)?) (?:image|picture) (?:was |is |has been |being )?"
    r"(?:provided|attached|given|visible|available|uploaded)"
    r"|\bplease (?:provide|upload|attach|share)\b|\bfeel free to\b|\blet me know\b|\bhope (?:this|these|that) helps?\b"
    r"|\bhere (?:are|is) (?:the|some|your|a list|a few|five|six|ten|\d+)\b.{0,40}\b(?:statements?|questions?|list)\b"
    r"|\b(?:image|picture|content) (?:cannot|can't|could not) be (?:displayed|loaded|seen|shown|accessed|viewed)"
    r"|\blorem ipsum\b|\bcertainly!|^sure[,!]|\bmy (?:training|knowledge cutoff)\b",
    re.IGNORECASE,
)
_WRITER_ZH = re.compile(
    r"作为(?:一个|一名)?(?:人工智能|AI|语言模型|大模型|助手)|(?:人工智能|AI|语言)(?:助手|模型)"
    r"|(?:抱歉|对不起|很遗憾)[，,]?.{0,12}(?:无法|不能|没有)|我(?:无法|不能|看不到|没法|没有办法)"
    r"|(?:请|麻烦)(?:您|你)?(?:提供|上传|重新)|没有(?:提供|上传)(?:任何)?图|图片(?:无法|未能)(?:显示|加载|查看)"
    r"|(?:以下|下面)是.{0,12}(?:陈述|判断题)|希望(?:这|以上).{0,6}(?:有帮助|有所帮助)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"^[\W_]*$"
    r"|^(?:n/?a|none|null|nan|tbd|test|undefined|statement|text|description|explanation|无|暂无|空|略|待定|测试)[\W_]*$"
    r"|[<\[{](?:statement|insert|placeholder|your|text|evidence)[^>\]}]{0,40}[>\]}]|(.)\1{7,}",
    re.IGNORECASE,
)

MIN_STATEMENT_WORDS, MIN_STATEMENT_HAN = 3, 4
MIN_EXPLANATION_WORDS, MIN_EXPLANATION_HAN = 8, 12


def poor_statement(text: str) -> str | None:
    """Why a statement is none: ``too short``, ``about the writer``, ``placeholder``, ``says nothing``; or None."""
    return _poor(text, MIN_STATEMENT_WORDS, MIN_STATEMENT_HAN, 0.0)


def poor_explanation(text: str) -> str | None:
    """Why an explanation is too little to write statements from, or None."""
    return _poor(text, MIN_EXPLANATION_WORDS, MIN_EXPLANATION_HAN, 0.1)


def poor_caption(text: str) -> str | None:
    """Why a caption is of no use, or None."""
    return _poor(text, MIN_EXPLANATION_WORDS, MIN_EXPLANATION_HAN, 0.1)


def _poor(text: str, least_words: int, least_han: int, least_share: float) -> str | None:
    folded = unicodedata.normalize("NFKC", text[:5_000]).strip().replace("’", "'")
    if _PLACEHOLDER.search(folded):
        return "placeholder"
    if _WRITER.search(folded) or _WRITER_ZH.search(folded):
        return "about the writer"
    han, found = _HAN.findall(folded), _WORDS.findall(_HAN.sub(" ", folded))
    if len(han) < least_han and len(found) < least_words:
        return "too short"
    said = _said_chinese(folded) if len(han) > len(found) else _said(found)
    total = len(han) if len(han) > len(found) else len(found)
    return "says nothing" if said <= least_share * total else None


def _said(found: list[str]) -> int:
    """How many different words say something of this image and not of any."""
    telling = set()
    for word in found:
        lower = word.lower().removesuffix("'s")
        if lower in english.SILENT or english.token(lower) in english.tokens("light"):
            continue
        telling.add(lower)
    return len(telling)


def _said_chinese(text: str) -> int:
    for frame in (*chinese.FRAME, *chinese.GENERIC):
        text = text.replace(frame, "")
    return len({character for character in text if _HAN.match(character) and not chinese.is_silent(character)})
