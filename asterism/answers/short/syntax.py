"""Reading tokens as a formula, by descent; whatever does not fit is refused."""

import re
from fractions import Fraction

from asterism.answers.short import flat
from asterism.answers.short.token import Token
from asterism.answers.short.tree import CONSTANTS, Apply, Name, Node, Num

MAX_TOKENS = 150
_MAX_DEPTH = 40
_CLOSING = {"(": ")", "[": "]", flat.OPEN: flat.CLOSE, "|": "|"}
_BASED = re.compile(r"[0-9]{1,60}")


class UnparsedError(Exception):
    """Tokens that are no formula."""


def parse(tokens: list[Token]) -> tuple[Node, bool]:
    """The formula that tokens write, and whether a per cent sign is in it.

    Raises:
        UnparsedError: they write none, or a very large one.
    """
    parser = _Parser(tokens)
    node = parser.sum()
    if parser.at < len(tokens):
        raise UnparsedError
    return node, parser.percent


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        if len(tokens) > MAX_TOKENS:
            raise UnparsedError
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.percent = False

    def sum(self) -> Node:
        """Terms that are added or subtracted."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise UnparsedError
        terms = [self._signed()]
        while self._sign("+") or self._sign("-"):
            terms.append(self._signed(first=False))
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Apply("+", tuple(terms))

    def _signed(self, first: bool = True) -> Node:
        negative = False
        if self._sign("+") or self._sign("-"):
            negative = self._take().text == "-"
        if not first and (self._sign("+") or self._sign("-")):
            raise UnparsedError
        product = self._product()
        return _negated(product) if negative else product

    def _product(self) -> Node:
        node = self._mixed() or self._factor()
        while True:
            if self._sign("×"):
                self._take()
                node = Apply("*", (node, self._factor(signed=True)))
            elif self._sign("/"):
                self._take()
                node = Apply("/", (node, self._factor(signed=True)))
            elif self._implicit():
                node = Apply("*", (node, self._factor()))
            else:
                return node

    def _implicit(self) -> bool:
        """Whether a factor follows without a sign between."""
        token = self._peek()
        if token is None:
            return False
        if token.kind in ("name", "function"):
            return True
        return token.kind == "sign" and token.text in ("(", "√", "∛", "π", flat.OPEN)

    def _mixed(self) -> Node | None:
        """``1 1/2``, ``1`` before a fraction of whole numbers, ``1又1/2``."""
        start = self.at
        whole = self._whole()
        if whole is None:
            return None
        joined = self._sign("又")
        if joined:
            self._take()
        spaced = (token := self._peek()) is not None and token.spaced
        part = self._plain_fraction(slash=joined or spaced)
        if part is None:
            self.at = start
            return None
        return Num(whole + part)

    def _whole(self) -> Fraction | None:
        token = self._peek()
        if token is None or token.kind != "number" or token.value.denominator != 1 or "." in token.text:
            return None
        self.at += 1
        return token.value

    def _plain_fraction(self, slash: bool) -> Fraction | None:
        """A fraction of whole numbers: of LaTeX, or with a slash where ``slash`` allows it."""
        grouped = self._sign(flat.OPEN)
        if not grouped and not slash:
            return None
        self.at += grouped
        top = self._whole()
        if top is None:
            return None
        if grouped:
            if [token.text for token in self.tokens[self.at : self.at + 3]] != [flat.CLOSE, flat.FRACTION, flat.OPEN]:
                return None
            self.at += 3
        elif self._sign("/"):
            self.at += 1
        else:
            return None
        bottom = self._whole()
        if not bottom or (grouped and not self._sign(flat.CLOSE)):
            return None
        self.at += grouped
        return top / bottom

    def _factor(self, signed: bool = False) -> Node:
        negative = False
        if signed and (self._sign("-") or self._sign("+")):
            negative = self._take().text == "-"
        node = self._postfix(self._base())
        return _negated(node) if negative else node

    def _postfix(self, node: Node) -> Node:
        while (token := self._peek()) is not None and token.kind == "sign":
            if token.text == "^":
                self._take()
                node = Apply("^", (node, self._exponent()))
            elif token.text == "!":
                self._take()
                node = Apply("!", (node,))
            elif token.text == "%":
                self._take()
                self.percent = True
                node = Apply("/", (node, Num(Fraction(100))))
            else:
                break
        return node

    def _exponent(self) -> Node:
        negative = self._sign("-") and bool(self._take())
        token = self._peek()
        if token is None:
            raise UnparsedError
        if token.kind == "sign" and token.text in ("(", flat.OPEN):
            node = self._grouped()
        elif token.kind == "number":
            node = Num(self._take().value)
        else:
            node = self._name()
        if self._sign("^"):
            self._take()
            node = Apply("^", (node, self._exponent()))
        return _negated(node) if negative else node

    def _base(self) -> Node:
        token = self._peek()
        if token is None:
            raise UnparsedError
        if token.kind == "number":
            return self._number()
        if token.kind == "function":
            return self._function()
        if token.kind == "name" or token.text in CONSTANTS or token.text in "ℝℤℕℚℂ":
            return self._name()
        if token.text == "√":
            return self._root()
        if token.text == "∛":
            self._take()
            return Apply("root", (self._radicand(), Num(Fraction(3))))
        if token.text in _CLOSING:
            return self._grouped()
        raise UnparsedError

    def _number(self) -> Node:
        token = self._take()
        if not self._sign(flat.SUBSCRIPT):
            return Num(token.value)
        base = self._subscript()
        if not base.isdigit() or not 2 <= int(base) <= 10 or not _BASED.fullmatch(token.text):
            raise UnparsedError
        if any(int(digit) >= int(base) for digit in token.text):
            raise UnparsedError
        return Num(Fraction(int(token.text, int(base))))

    def _subscript(self) -> str:
        """The text of a subscript."""
        self._take()
        if not self._sign(flat.OPEN):
            raise UnparsedError
        self._take()
        written = ""
        while not self._sign(flat.CLOSE):
            token = self._take()
            if token.kind not in ("number", "name") and token.text not in "+-":
                raise UnparsedError
            written += token.text
        self._take()
        return written

    def _name(self) -> Node:
        token = self._take()
        if token.kind != "name" and token.text not in CONSTANTS and token.text not in "ℝℤℕℚℂ":
            raise UnparsedError
        if self._sign(flat.SUBSCRIPT):
            return Name(f"{token.text}_{self._subscript()}")
        return Name(token.text)

    def _function(self) -> Node:
        name = self._take().text
        base: Node | None = Num(Fraction(10)) if name in ("lg", "log") else None
        if self._sign(flat.SUBSCRIPT):
            if name != "log":
                raise UnparsedError
            self._take()
            base = self._grouped()
        exponent: Node | None = None
        if self._sign("^"):
            self._take()
            exponent = self._exponent()
        argument = self._argument()
        if base is None:
            node: Node = Apply(name, (argument,))
        else:
            node = Apply("ln", (argument,)) if base == Name("e") else Apply("log", (argument, base))
        return node if exponent is None else Apply("^", (node, exponent))

    def _argument(self) -> Node:
        """What a function is applied to: brackets, or factors up to the next sign or function."""
        if self._sign("(") or self._sign("|"):
            return self._grouped()
        node = self._factor()
        while (token := self._peek()) is not None and self._implicit() and token.kind != "function":
            if token.text == "(":
                break
            node = Apply("*", (node, self._factor()))
        if self._sign("/") and isinstance(node, Num | Name) and self._tokens_after_slash():
            self._take()
            node = Apply("/", (node, self._factor()))
        return node

    def _tokens_after_slash(self) -> bool:
        after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
        return after is not None and after.kind == "number"

    def _root(self) -> Node:
        self._take()
        if self._sign(flat.SUBSCRIPT):
            index = self._subscript()
            if not index.isdigit() or not 2 <= int(index) <= 64:
                raise UnparsedError
            return Apply("root", (self._radicand(), Num(Fraction(int(index)))))
        return Apply("sqrt", (self._radicand(),))

    def _radicand(self) -> Node:
        token = self._peek()
        if token is None:
            raise UnparsedError
        return self._grouped() if token.text in ("(", flat.OPEN) and token.kind == "sign" else self._base()

    def _grouped(self) -> Node:
        opening = self._take().text
        node = self.sum()
        if (opening == "(" and self._sign("]")) or not self._sign(_CLOSING[opening]):
            raise UnparsedError
        self._take()
        if opening == "|":
            return Apply("abs", (node,))
        if opening == flat.OPEN and self._sign(flat.FRACTION):
            self._take()
            if not self._sign(flat.OPEN):
                return Apply("/", (node, self._factor()))
            return Apply("/", (node, self._grouped_bottom()))
        return node

    def _grouped_bottom(self) -> Node:
        self._take()
        node = self.sum()
        if not self._sign(flat.CLOSE):
            raise UnparsedError
        self._take()
        return node

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self) -> Token:
        if self.at >= len(self.tokens):
            raise UnparsedError
        self.at += 1
        return self.tokens[self.at - 1]

    def _sign(self, text: str) -> bool:
        token = self._peek()
        return token is not None and token.kind == "sign" and token.text == text


def _negated(node: Node) -> Node:
    return Num(-node.value) if isinstance(node, Num) else Apply("-", (node,))
