r"""Mathematics on one line: LaTeX rewritten so that making text plain loses nothing of its value.

``\frac{a+b}{2}`` becomes ``(a+b)⁄(2)``, ``x^{10}`` ``x^(10)``, ``\{1,2\}`` ``⦃1,2⦄``, ``101_2`` ``101`` with a marked
subscript, ``½`` ``(1)⁄(2)``. Brackets of ours are characters of the private use area, which a text cannot hold:
they are taken out of it first. One pass for each step.
"""

import re

from asterism.answers.text import fold

OPEN, CLOSE = "\ue400", "\ue401"
"""Brackets of a group that LaTeX braces made."""
FRACTION = "\ue402"
"""The bar between two groups of a fraction."""
SET_OPEN, SET_CLOSE = "\ue403", "\ue404"
SUBSCRIPT = "\ue405"
FACTORIAL = "\ue406"
LESS, GREATER = "\ue407", "\ue408"
REPEAT = "\ue409"
"""Stands before the digits that repeat for ever."""
BREAK = "\ue40a"
"""An unclosed brace: what stands before it is cut off."""
DOLLAR = "\ue40b"
"""The currency, unlike the dollar signs around mathematics."""

_PRIVATE = dict.fromkeys(range(0xE400, 0xE410), "\ufffd")
_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
    "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
    "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_CHARACTERS = {
    **{ord(sign): f"{OPEN}{top}{CLOSE}{FRACTION}{OPEN}{bottom}{CLOSE}" for sign, (top, bottom) in _VULGAR.items()},
    ord("⁄"): "/", ord("∕"): "/", ord("÷"): "/", ord("⋅"): "·", ord("∙"): "·", ord("•"): "·", ord("∶"): ":",
    ord("−"): "-", ord("﹣"): "-", ord("–"): "–", ord("≤"): "≤", ord("⩽"): "≤", ord("≦"): "≤", ord("⩾"): "≥",
    ord("≧"): "≥", ord("≅"): "≈", ord("≃"): "≈", ord("∼"): "~", ord("º"): "°", ord("˚"): "°", ord("℃"): "°C",
    ord("℉"): "°F", ord("′"): "'", ord("″"): "''", ord("∅"): "∅", ord("⌀"): "∅", ord("Ø"): "∅", ord("￥"): "¥",
    ord("￡"): "£", ord("㎝"): "cm", ord("㎜"): "mm", ord("㎞"): "km", ord("㎡"): "m^2", ord("㎏"): "kg",
    ord("Ω"): "Ω", ord("㎖"): "mL", ord("µ"): "μ", ord("𝜋"): "π", ord("∣"): "|",
}  # fmt: skip
_WORDS = {
    "pi": "π", "infty": "∞", "infin": "∞", "times": "×", "cdot": "·", "ast": "·", "div": "/", "pm": "±", "mp": "∓",
    "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥", "lt": LESS, "gt": GREATER,
    "ne": "≠", "neq": "≠", "approx": "≈", "simeq": "≈", "sim": "~", "cong": "≈", "circ": "°", "degree": "°",
    "degrees": "°", "emptyset": "∅", "varnothing": "∅", "cup": "∪", "cap": "∩", "in": "∈", "colon": ":",
    "lbrace": SET_OPEN, "rbrace": SET_CLOSE, "lbrack": "[", "rbrack": "]", "langle": "⟨", "rangle": "⟩", "vert": "|",
    "lvert": "|", "rvert": "|", "mid": "|", "angle": "∠", "triangle": "△", "prime": "'", "to": "→", "rightarrow": "→",
    "Rightarrow": "⇒", "implies": "⇒", "therefore": "∴", "because": "∵", "cdots": "…", "ldots": "…", "dots": "…",
    "quad": " ", "qquad": " ", "pounds": "£", "yen": "¥", "euro": "€", "equiv": "≡", "ell": "l", "imath": "i",
    "ln": " ln ", "lg": " lg ", "log": " log ", "exp": " exp ", "dollar": "$", "percent": "%", "lor": " or ",
    "vee": " or ", "wedge": " and ", "land": " and ", "Omega": "Ω", "mu": "μ", "sqrt": "√", "setminus": "∖",
    "backslash": "∖", "wp": "℘", "sec": " sec ", "csc": " csc ", "cot": " cot ", "sin": " sin ", "cos": " cos ",
    "tan": " tan ", "arcsin": " arcsin ", "arccos": " arccos ", "arctan": " arctan ", "sinh": " sinh ",
    "cosh": " cosh ", "tanh": " tanh ", "left": "", "right": "", "big": "", "Big": "", "bigl": "", "bigr": "",
    "Bigl": "", "Bigr": "", "limits": "", "displaystyle": "", "textstyle": "", "mathord": "", "mathstrut": "",
    "nobreak": "", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "theta": "θ", "lambda": "λ", "phi": "φ",
    "varphi": "φ", "omega": "ω", "sigma": "σ", "rho": "ρ", "epsilon": "ε", "varepsilon": "ε", "tau": "τ",
    "Delta": "Δ",
}  # fmt: skip
_TEXT = frozenset(
    ("text", "textbf", "textit", "texttt", "textrm", "textsf", "textnormal", "mathrm", "mathbf", "mathit", "mathsf",
     "mathtt", "mathnormal", "boldsymbol", "bm", "emph", "operatorname", "mbox", "hbox", "rm", "bf", "it", "underline",
     "overrightarrow", "vec", "hat", "bar")
)  # fmt: skip
_BOXES = frozenset(("boxed", "fbox"))
_FRACTIONS = frozenset(("frac", "dfrac", "tfrac", "cfrac"))
_SETS = {"R": "ℝ", "Z": "ℤ", "N": "ℕ", "Q": "ℚ", "C": "ℂ"}

_THIN = re.compile(r"(?<=[0-9])(?:[\u2009\u202f\u00a0]|\\,|\{,\}|\\;)(?=[0-9]{3}(?![0-9]))")
_TIE = re.compile(r"(?<=[0-9{})\]])~(?=[\\A-Za-z{])")
"""The space of LaTeX that does not break; before a number the same sign says "about"."""
_OVER = re.compile(
    r"(^|[{$=(\[])([ \t]{0,2})([0-9A-Za-z]{1,12})[ \t]{0,2}\\over(?![A-Za-z])[ \t]{0,2}([0-9A-Za-z]{1,12})",
    re.MULTILINE,
)
_STAR = re.compile(r"(?<=[0-9A-Za-z)\]}])(?:\*(?=[-0-9A-Za-z(\\{])|[ \t]\*[ \t](?=[-0-9A-Za-z(\\{]))")
_MATH = re.compile(r"\$(?! )([^$\n]{1,1000})(?<![ $])\$(?![0-9])|\$ ([^$\n]{1,1000}) \$(?![0-9])")
_CURRENCY = re.compile(r"\$(?=[ \t]?[0-9.])|(?<=[0-9A-Z])\$")
_MINUTES = re.compile(r"([0-9]{1,4})[ \t]?°[ \t]?([0-9]{1,2})[ \t]?'(?:[ \t]?([0-9]{1,2})[ \t]?(?:''|\"))?")
_SUPER = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]{1,20}")
_SUB = re.compile(r"[₀₁₂₃₄₅₆₇₈₉]{1,20}")
_FACTORIAL = re.compile(r"(?<=[0-9A-Za-z)])!(?![!=])(?<![A-Za-z]{2}!)")
_QUOTED = re.compile(r"(^|(?<=>))([ \t]{0,8})>(?=[ \t]{0,2}[-+]?[0-9.])", re.MULTILINE)
_TOKEN = re.compile(
    r"\\(?P<command>[A-Za-z]{1,24})\*?[ \t]{0,4}|\\(?P<escaped>[{}%$_,;:! ()\[\]|&#])|(?P<open>\{)|(?P<close>\})"
    r"|(?P<script>[_^])(?P<single>[0-9]{1,300}|[A-Za-z](?![A-Za-z]))?"
)
_SYMBOL = re.compile(r"(?:[0-9)}\]]|(?<![A-Za-z_])[A-Za-z]|\\[A-Za-z]{1,24}|(?<![A-Za-z])log?)$")
_DIGIT = re.compile(r"[ \t]{0,3}([0-9A-Za-z])")
_JSON = re.compile(r"[\"'\n]|: ")
_NUMERAL = re.compile(r"[0-9]+|[A-Za-z]")
_GREEK = re.compile(r"\\([A-Za-z]{1,8})")
_SET = re.compile(r"\{?([RZNQC])\}?")
_DEGREE = re.compile(rf"\^[ \t]?{OPEN}?[ \t]?°[ \t]?{CLOSE}?")
_INDEX = re.compile(r"\[([0-9a-z]{1,3})\]")
MAX_FLAT = 65_536
"""How much of the end of a text is rewritten, in characters."""
MAX_NESTING = 100
"""Deepest braces that are rewritten."""


def flat(text: str) -> str:
    """The text with its mathematics on one line; of a very long text, its end."""
    if len(text) > MAX_FLAT:
        return text[:-MAX_FLAT].translate(_PRIVATE) + flat(text[-MAX_FLAT:])
    text = text.strip().translate(_PRIVATE)
    text = fold(_THIN.sub(",", text))
    text = _QUOTED.sub(lambda match: match[2] + GREATER, text)
    if not text.isascii():
        text = _SUPER.sub(lambda match: f"^{OPEN}{match[0].translate(_SUPERSCRIPTS)}{CLOSE}", text)
        text = _SUB.sub(lambda match: f"{SUBSCRIPT}{OPEN}{match[0].translate(_SUBSCRIPTS)}{CLOSE}", text)
        text = text.translate(_CHARACTERS)
    if "~" in text:
        text = _TIE.sub(" ", text)
    if "\\over" in text:
        text = _OVER.sub(r"\1\2\\frac{\3}{\4}", text)
    if "$" in text:
        text = _without_dollars(text)
    text = _FACTORIAL.sub(FACTORIAL, text)
    text = _STAR.sub("·", text)
    if any(character in text for character in "\\{_^"):
        text = _Flattening(text).run()
    return _MINUTES.sub(_degrees, text) if "°" in text else text


def _without_dollars(text: str) -> str:
    """Text without the dollar signs around mathematics; those of amounts are marked."""
    text = text.replace("\\$", DOLLAR).replace("$$", " ")
    text = _MATH.sub(lambda match: f" {match[1] or match[2]} ", text)
    return _CURRENCY.sub(DOLLAR, text).replace("$", " ")


def _degrees(match: re.Match[str]) -> str:
    return f"{OPEN}{match[1]}+{match[2]}/60+{match[3] or 0}/3600{CLOSE}°"


class _Flattening:
    """One pass over a text, with a stack of what closes each open brace."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.out: list[str] = []
        self.stack: list[tuple[str, int]] = []  # (what to write at the closing brace, where its group began in out)
        self.at = 0

    def run(self) -> str:
        """The rewritten text."""
        for match in iter(self._next, None):
            self.out.append(self.text[self.at : match.start()])
            self.at = match.end()
            if match["command"]:
                self._command(match)
            elif match["escaped"]:
                self.out.append(_escaped(match["escaped"]))
            elif match["open"]:
                self._open_plain()
            elif match["close"]:
                self._close()
            else:
                self._script(match["script"], match["single"])
        self.out.append(self.text[self.at :])
        for _, begin in self.stack:
            if self.out[begin] == OPEN:
                self.out[begin] = BREAK
        return _DEGREE.sub("°", "".join(self.out))

    def _next(self) -> re.Match[str] | None:
        return _TOKEN.search(self.text, self.at)

    def _braced(self) -> bool:
        return self.text.startswith("{", self.at)

    def _open(self, opening: str, closing: str) -> None:
        self.at += 1
        self._push(opening, closing)

    def _push(self, opening: str, closing: str) -> None:
        if len(self.stack) >= MAX_NESTING:
            opening, closing = BREAK, ""
        self.stack.append((closing, len(self.out)))
        self.out.append(opening)

    def _open_plain(self) -> None:
        """A brace that nothing announces: a set with commas, else a group; JSON keeps its own."""
        inside = self.text[self.at : self.at + 200].partition("}")[0]
        if (self.stack and self.out[self.stack[-1][1]] == "{") or _JSON.search(inside):
            self._push("{", "}")
        elif "," in inside or "，" in inside or "、" in inside:
            self._push(SET_OPEN, SET_CLOSE)
        else:
            self._push(OPEN, CLOSE)

    def _close(self) -> None:
        if not self.stack:
            self.out.append("}")
            return
        closing, _ = self.stack.pop()
        if closing == FRACTION:
            self.out.append(CLOSE + FRACTION)
            self._argument()
        else:
            self.out.append(closing)

    def _argument(self) -> None:
        """The group that must follow a command: braces, one character, or a command that writes itself."""
        while self.text.startswith(" ", self.at):
            self.at += 1
        if self._braced():
            self._open(OPEN, CLOSE)
        elif single := _DIGIT.match(self.text, self.at):
            self.at = single.end()
            self.out.append(OPEN + single[1] + CLOSE)
        else:
            self.out.append("" if self.text.startswith(("\\", "("), self.at) else BREAK)

    def _command(self, match: re.Match[str]) -> None:
        name = match["command"]
        if name in _FRACTIONS:
            self._fraction()
        elif name in _BOXES:
            self._box(name)
        elif name == "sqrt":
            self._root()
        elif name in _TEXT:
            if self._braced():
                self._open(" ", " ")
        elif name in ("overline", "dot"):
            self.out.append(REPEAT)
            self._argument()
        elif name == "mathbb" and (named := _SET.match(self.text, self.at)):
            self.at = named.end()
            self.out.append(_SETS[named[1]])
        elif name in _WORDS:
            self.out.append(_WORDS[name])
        elif name in ("begin", "end", "hline", "color", "textcolor", "phantom"):
            self.out.append(" ")
        else:
            self.out.append(f"\\{name} ")

    def _fraction(self) -> None:
        if self._braced():
            self._open(OPEN, FRACTION)
        elif single := _DIGIT.match(self.text, self.at):
            self.at = single.end()
            self.out.append(f"{OPEN}{single[1]}{CLOSE}{FRACTION}")
            self._argument()
        elif (symbol := _GREEK.match(self.text, self.at)) and symbol[1] in _WORDS:
            self.at = symbol.end()
            self.out.append(OPEN + _WORDS[symbol[1]] + CLOSE + FRACTION)
            self._argument()
        else:
            self.out.append(BREAK)

    def _box(self, name: str) -> None:
        if self._braced():
            self._open(f"\\{name}{{", "}")
        elif single := _NUMERAL.match(self.text, self.at):
            self.at = single.end()
            self.out.append(f"\\{name}{{{single[0]}}}")
        else:
            self.out.append(f"\\{name}")

    def _root(self) -> None:
        self.out.append("√")
        if index := _INDEX.match(self.text, self.at):
            self.at = index.end()
            self.out.append(f"{SUBSCRIPT}{OPEN}{index[1]}{CLOSE}")
        self._argument()

    def _script(self, script: str, single: str | None) -> None:
        if not single and not self._braced():
            self.out.append(script)
        elif script == "_" and not self._after_symbol():
            self.out.append("_" + (single or ""))
        else:
            self.out.append("^" if script == "^" else SUBSCRIPT)
            if single:
                self.out.append(OPEN + single + CLOSE)
            else:
                self._open(OPEN, CLOSE)

    def _after_symbol(self) -> bool:
        """Whether the underscore just read follows a number or a name of one letter, so that it is a subscript."""
        before = self.text[max(0, self.at - 28) : self.at].rpartition("_")[0]
        return _SYMBOL.search(before) is not None


def _escaped(character: str) -> str:
    if character in "{}":
        return SET_OPEN if character == "{" else SET_CLOSE
    if character in "%$&#":
        return character
    if character == "_":
        return "_"
    if character == "|":
        return "|"
    return "" if character == "!" else " "
