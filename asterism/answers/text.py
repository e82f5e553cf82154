"""Making what a model wrote plain: full-width letters, escapes, Markdown and LaTeX wrappers.

Every step is one pass over the text (``str.translate``, ``str.replace``, or an expression without nested or
adjacent open repetition). Unicode normalisation and ``html.unescape`` are avoided on purpose: the first is
quadratic on long runs of combining marks, the second raises on a character number of 5,000 digits.
"""

import re

_FOLD: dict[int, str | None] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys((0x00A0, 0x2002, 0x2003, 0x2009, 0x202F, 0x3000), " "),
    **dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFE0E, 0xFE0F, 0xFEFF), None),
    **dict.fromkeys((0x2018, 0x2019, 0x2032), "'"),
    **dict.fromkeys((0x201C, 0x201D, 0x300C, 0x300D, 0x300E, 0x300F), '"'),
    **dict.fromkeys(range(0xE000, 0xE200), None),  # private characters: what reads answers marks places by them
    **dict.fromkeys((0x2010, 0x2011, 0x2212), "-"),
    **dict.fromkeys((0x3010, 0x3014), "["),
    **dict.fromkeys((0x3011, 0x3015), "]"),
    0x3008: "<",
    0x3009: ">",
}
_ENTITIES = (
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&#60;", "<"),
    ("&#62;", ">"),
    ("&#x3c;", "<"),
    ("&#x3e;", ">"),
    ("&nbsp;", " "),
    ("&quot;", '"'),
    ("&#39;", "'"),
    ("&amp;", "&"),
)
_FENCE = re.compile(r"^[ \t]{0,8}(?:```|~~~)[A-Za-z0-9+-]{0,20}[ \t]{0,8}$", re.MULTILINE)
_HTML = re.compile(r"</?(?:b|i|em|strong|code|pre|p|br|span|div|u|h[1-6]|s)\s{0,2}/?>", re.IGNORECASE)
_SPECIAL = re.compile(r"<\|[a-z_]{1,24}\|>|</s>", re.IGNORECASE)
_HEADING = re.compile(r"^[ \t]{0,8}(?:#{1,6}|>)(?=\s)", re.MULTILINE)
_COMMAND = re.compile(
    r"\\(?:text|textbf|textit|texttt|textrm|mathrm|mathbf|mathit|mathsf|mathtt|boldsymbol|bm|emph|operatorname"
    r"|boxed|fbox|left|right|displaystyle)(?![A-Za-z])"
)
_DEGREES = re.compile(r"\^?[ \t]?\{?[ \t]?\\(?:circ|degree)(?![A-Za-z])[ \t]?\}?")
_SPACING = re.compile(r"\\[,;:! ()\[\]]")
_FRACTION = re.compile(
    r"\\[dt]?frac[ \t]{0,4}(?:\{([^{}\n]{1,64})\}[ \t]{0,4}\{([^{}\n]{1,64})\}|[ \t]?([0-9])[ \t]?([0-9]))"
)
_EMPHASIS = re.compile(
    r"(?<![A-Za-z0-9*])\*{1,3}|\*{1,3}+(?![A-Za-z0-9*])|`{1,3}|(?<![A-Za-z0-9])_{1,2}|_{1,2}(?![A-Za-z0-9])"
)
"""Markers of Markdown emphasis; a star or underscore inside a word or product (``2*3``, ``x_1``) is none."""


def fold(text: str) -> str:
    """Text with full-width forms made ASCII, typographic quotes plain and zero-width characters dropped."""
    return text if text.isascii() else text.translate(_FOLD)


def unescape(text: str) -> str:
    """Text with the few HTML entities that hide tags and quotes undone, once."""
    if "&" not in text:
        return text
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def plain(text: str) -> str:
    """Text without Markdown, LaTeX and HTML wrappers; its words, line breaks and operators stay."""
    text = unescape(text).replace("\r\n", "\n").replace("\r", "\n")
    text = _DEGREES.sub("°", _uncommented(text))
    text = _FRACTION.sub(r" \1\3/\2\4 ", text).replace("{,}", ",").replace("\\!", "")
    for wrapper in (_SPECIAL, _HTML, _FENCE, _HEADING, _COMMAND, _SPACING):
        text = wrapper.sub(" ", text)
    text = text.replace("\\%", "%").replace("\\$", "$").replace("\\_", "_")
    return _EMPHASIS.sub("", text).replace("{", " ").replace("}", " ").strip()


def _uncommented(text: str) -> str:
    """Text without the comments of HTML, which nobody sees."""
    first, *rest = text.split("<!--")
    return first + "".join(part.partition("-->")[2] if "-->" in part else f"<!--{part}" for part in rest)


def boxes(text: str) -> list[str]:
    r"""The contents of the outermost complete ``\boxed{...}`` in order, found in one pass."""
    return [text[start:end] for _, start, end in _box_spans(text)]


def mark_boxes(text: str) -> str:
    r"""Text with :data:`BOX_OPEN` and :data:`BOX_CLOSE` around what is boxed by ``\boxed{...}`` or GLM's tokens."""
    marked: list[str] = []
    end = 0
    for before, start, stop in _box_spans(text):
        marked += text[end:before], BOX_OPEN, text[start:stop], BOX_CLOSE
        end = stop + 1
    marked.append(text[end:])
    whole = "".join(marked)
    return (
        _BOX_TOKEN.sub(lambda match: BOX_OPEN if match[1] == "begin" else BOX_CLOSE, whole) if "<|" in whole else whole
    )


def _box_spans(text: str) -> list[tuple[int, int, int]]:
    """Of the outermost complete boxes: where the command, the content and the closing brace begin."""
    if "\\boxed" not in text and "\\fbox" not in text:
        return []
    found: list[tuple[int, int, int]] = []
    depth = 0
    starts: list[tuple[int, int, int]] = []  # (depth before the box, where it and its content begin)
    for match in _BRACE.finditer(text):
        token = match.group()
        if token == "}":
            depth = max(0, depth - 1)
            if starts and starts[-1][0] == depth:
                _, before, start = starts.pop()
                if not starts:
                    found.append((before, start, match.start()))
        elif token[-1] == "{" and token[0] == "\\" and len(token) > 2:
            starts.append((depth, match.start(), match.end()))
            depth += 1
        elif token == "{":
            depth += 1
    return found


BOX_OPEN, BOX_CLOSE = "\ue100", "\ue101"
_BOX_TOKEN = re.compile(r"<\|(begin|end)_of_box\|>", re.IGNORECASE)
_BRACE = re.compile(r"\\(?:boxed|fbox)\s{0,4}\{|\\[{}]|[{}]")
