r"""LaTeX, Markdown and HTML made plain lines.

Rows of arrays become lines, arrows of every kind become ``→ ← ↑ ↓``, fractions become ``((a)/(b))``. What has no plain
form (an unknown command, a root, a power) stays, so that a parser refuses it. Every step is one pass.
"""

import re

from asterism.answers.text import fold, unescape

_COLUMNS = r"\s{0,2}\{(?:[^{}\n]|\{[^{}\n]{0,24}\}){0,80}\}"
_ENVIRONMENT = re.compile(
    rf"\\begin\s{{0,2}}\{{(?:array|tabular[x*]?|longtable)\}}(?:\s?\[[a-z]\])?(?:{_COLUMNS})?"
    r"|\\begin\s{0,2}\{[A-Za-z]{1,16}\*?\}|\\end\s{0,2}\{[A-Za-z]{1,16}\*?\}"
    r"|\\(?:hline|toprule|midrule|bottomrule|cline\s?\{[\d-]{1,8}\})"
)
_ROW_END = re.compile(
    r"\\\\(?:\s?\[-?[\d.]{1,6}\s?(?:pt|em|ex|mm|cm)\])?|\\newline(?![a-z])|\\n(?![a-wyz])|\\cr(?![a-z])"
)
_ARROWS = (
    (
        re.compile(
            r"\\(?:[lL]ong)?(?:rightarrow|Rightarrow)(?![A-Za-z])|\\(?:to|mapsto|implies|longmapsto)(?![A-Za-z])"
        ),
        "→",
    ),
    (re.compile(r"\\xrightarrow\s?\{[^{}\n]{0,16}\}"), "→"),
    (re.compile(r"\\(?:[lL]ong)?(?:leftarrow|Leftarrow)(?![A-Za-z])|\\gets(?![A-Za-z])"), "←"),
    (re.compile(r"\\(?:uparrow|Uparrow)(?![A-Za-z])"), "↑"),
    (re.compile(r"\\(?:downarrow|Downarrow)(?![A-Za-z])"), "↓"),
    (re.compile(r"[-=–—]{1,3}(?:>|&gt;)|[⇒⟶⟹➜➔➝➞🡒▶]"), "→"),
)
_SIGNS = {
    "times": "×",
    "cdot": "·",
    "ast": "*",
    "div": "÷",
    "neq": "≠",
    "ne": "≠",
    "approx": "≈",
    "pm": "±",
    "geq": "≥",
    "ge": "≥",
    "leq": "≤",
    "le": "≤",
    "ldots": "…",
    "dots": "…",
    "cdots": "…",
    "langle": "[",
    "rangle": "]",
    "lbrack": "[",
    "rbrack": "]",
    "lparen": "(",
    "rparen": ")",
    "mid": "|",
    "vert": "|",
    "checkmark": " ",
    "quad": " ",
    "qquad": " ",
    "space": " ",
    "blacksquare": "■",
    "square": "□",
    "bullet": "•",
    "lt": "<",
    "gt": ">",
}
_SIGN = re.compile(rf"\\({'|'.join(sorted(_SIGNS, key=len, reverse=True))})(?![A-Za-z])")
_KEPT = re.compile(
    r"\\(?:text|textbf|textit|texttt|textrm|textsf|textnormal|mathrm|mathbf|mathit|mathsf|mathtt|mathnormal"
    r"|boldsymbol|bm"
    r"|emph|operatorname|mbox|hbox|boxed|fbox|underline|bf|rm|it|tt|large|Large|small|displaystyle|textstyle|ensuremath"
    r"|textcolor\s?\{[a-z]{1,16}\}|color\s?\{[a-z]{1,16}\}|hspace\*?\s?\{[^{}]{0,8}\})(?![A-Za-z])"
)
_SIZED = re.compile(r"\\(?:left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])\s{0,2}\.?")
_SPACING = re.compile(r"\\[,;:! ]|\\[()\[\]]|\$|(?<=[\w@)])~(?=[\w@(])|\\(?=\s|$)")
_ESCAPED = re.compile(r"\\([%_&#$])")
_LINE_TAG = re.compile(r"<(?:br|/tr|/p|/li|/div|/h[1-6])\s?/?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:b|i|em|strong|code|pre|p|span|div|u|h[1-6]|s|table|tbody|thead|tr|td|th|ul|ol|li|font|center|mark|small|big"
    r"|math|final|solution|output|result|final_answer|result|response|boxed)(?:\s[^<>\n]{0,80})?/?>",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"<\|[^|<>\n]{1,32}\|>|</?s>|<eos>|\[/?INST\]", re.IGNORECASE)
_FENCE_LINE = re.compile(r"^[ \t]{0,8}(?:`{3,}|~{3,})[^\n`]{0,32}$", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]{0,8}(?:#{1,6}(?=[ \t])|>[ \t])", re.MULTILINE)
_RULE = re.compile(r"^(?=[^\n]*[-=_─━═][^\n]*[-=_─━═])[ \t+|:=_*│┃║─━═┼╋╬┬┴├┤┌┐└┘╔╗╚╝╠╣╦╩╪╫╤╧╟╢-]+$", re.MULTILINE)
_ITALIC = re.compile(r"(?<![\w*)\]])\*(?=[^\s*])([^*\n]{1,400})(?<=[^\s*])\*(?![\w*(\[])")
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_{1,2}(?=\S)|(?<=\S)_{1,2}(?![A-Za-z0-9{(])")
_MARKS = re.compile(r"[✅✔☑✓🎉🏁🎯👉]|\*{2,3}|`+")
_UPRIGHT = str.maketrans({"│": "|", "┃": "|", "║": "|", "{": " ", "}": " ", "\t": " "})
_FRACTION = re.compile(r"(?P<short>\\[dtc]?frac\s{0,4}(\d)\s{0,4}(\d))|\\[dtc]?frac\s{0,4}\{|\}\s{0,4}\{|[{}]")


def plain_lines(text: str) -> str:
    """Text without wrappers; its words, line breaks, numbers and operators stay."""
    text = unescape(fold(text)).replace("\r\n", "\n").replace("\r", "\n")
    text = _FENCE_LINE.sub("", text).replace("{,}", ",")
    if "\\" in text:
        text = _latex(text)
    text = _SPACING.sub(" ", text)
    if "<" in text:
        text = re.sub(r"<sup>", "^", re.sub(r"<sub>", "_", text))
        text = re.sub(r"</su[pb]>", "", _TOKEN.sub(" ", _LINE_TAG.sub("\n", text)))
        text = _TAG.sub(" ", text)
    for arrow, sign in _ARROWS[-1:]:
        text = arrow.sub(sign, text)
    text = _HEADING.sub("", _RULE.sub("", text))
    text = _ITALIC.sub(r" \1 ", _MARKS.sub(" ", text))
    return _UNDERSCORE.sub("", text).translate(_UPRIGHT).strip()


def _latex(text: str) -> str:
    text = _ROW_END.sub("\n", _ENVIRONMENT.sub("\n", text))
    for arrow, sign in _ARROWS:
        text = arrow.sub(sign, text)
    text = _SIGN.sub(lambda match: _SIGNS[match[1]], text.replace("\\!", ""))
    text = unfolded(_SIZED.sub("", text))
    text = _ESCAPED.sub(r"\1", _KEPT.sub(" ", text).replace("\\{", "[").replace("\\}", "]"))
    return re.sub(r"(?<!\\)&", " ", text)


def unfolded(text: str) -> str:
    r"""Text in which every ``\frac{a}{b}``, however nested, is ``((a)/(b))``. One pass."""
    if "frac" not in text:
        return text
    opened: list[str] = []  # what each open brace is: "" for a plain one, else the part of a fraction

    def replaced(match: re.Match[str]) -> str:
        token = match[0]
        if match["short"]:
            return f"({match[2]}/{match[3]})"
        if token.startswith("\\"):
            opened.append("above")
            return "(("
        if token == "{":
            opened.append("")
            return token
        kind = opened.pop() if opened else ""
        if len(token) > 1:  # "}{"
            opened.append("below" if kind == "above" else "")
            return ")/(" if kind == "above" else ("))" if kind == "below" else "}") + "{"
        return "))" if kind == "below" else ")" if kind == "above" else "}"

    return _FRACTION.sub(replaced, text)
