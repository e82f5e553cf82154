"""Units of quantities: how they are written, and what one is in another (by ``pint``)."""

import threading
from fractions import Fraction
from functools import cache
from typing import Any

from asterism.answers.short import flat
from asterism.answers.short.lexicon import lexicon
from asterism.answers.short.token import Token

_CURRENCIES = ("euro", "sterling", "yen", "krw", "rupee", "ringgit", "taiwan_dollar")
MONEY = frozenset(("dollar", "cent", "yuan", "jiao", *_CURRENCIES))
_DEFINITIONS = (
    "dollar = [money_dollar]",
    "cent = dollar / 100",
    "yuan = [money_yuan]",
    "jiao = yuan / 10",
    *(f"{name} = [money_{name}]" for name in _CURRENCIES),
    "arc_degree = [arc]",
)
_TEMPERATURES = frozenset(("degC", "degF", "kelvin"))
_lock = threading.Lock()


def unit_of(tokens: list[Token], names: frozenset[str]) -> str | None:
    """The unit that tokens spell (``square metres``, ``km / h``, ``cm ^ 2``), or None where they spell none.

    ``names`` are letters that are variables, and no units.
    """
    parts: list[str] = []
    index, sign = 0, ""
    while index < len(tokens):
        if sign or index:
            token = tokens[index]
            sign = "/" if token.kind == "per" or token.text == "/" else "*"
            if token.kind == "per" or token.text in ("/", "×"):
                index += 1
        part = _part(tokens, index, names)
        if part is None:
            return None
        name, index = part
        parts.append(sign + name)
    return "".join(parts) or None


def _part(tokens: list[Token], index: int, names: frozenset[str]) -> tuple[str, int] | None:
    """One unit with its power, and the place after it."""
    power = 1
    if index < len(tokens) and tokens[index].kind == "power":
        power, index = int(tokens[index].value), index + 1
    if index >= len(tokens):
        return None
    token = tokens[index]
    name = token.text if token.kind == "unit" else _letter(token, names)
    if name is None:
        return None
    index += 1
    exponent, after = _exponent(tokens, index)
    if exponent is not None:
        power, index = power * exponent, after
    return (name if power == 1 else f"{name}**{power}"), index


def _letter(token: Token, names: frozenset[str]) -> str | None:
    if token.kind != "name" or token.text in names:
        return None
    return lexicon().unit_letters.get(token.text)


def _exponent(tokens: list[Token], index: int) -> tuple[int | None, int]:
    """The exponent written at a place (``^2``, ``2``, ``squared``) and the place after it."""
    if index < len(tokens) and tokens[index].kind == "power":
        return int(tokens[index].value), index + 1
    digits = [token for token in tokens[index : index + 5] if token.text not in (flat.OPEN, flat.CLOSE)]
    if len(digits) >= 2 and digits[0].text == "^" and digits[1].kind == "number" and digits[1].value in (2, 3, 4):
        end = next(at for at in range(index, len(tokens)) if tokens[at] is digits[1]) + 1
        if end < len(tokens) and tokens[end].text == flat.CLOSE:
            end += 1
        return int(digits[1].value), end
    return None, index


def convert(amount: Fraction, unit: str, other: str) -> Fraction | None:
    """An amount in another unit; None where the units measure different things."""
    if unit == other:
        return amount
    if unit in _TEMPERATURES or other in _TEMPERATURES:
        return _temperature(amount, unit, other)
    factor = ratio(unit, other)
    return None if factor is None else amount * factor


@cache
def ratio(unit: str, other: str) -> Fraction | None:
    """How many of the other unit one unit is; None where they measure different things."""
    if unit == other:
        return Fraction(1)
    with _lock:
        registry = _registry()
        first, second = (registry.Quantity(Fraction(1), name).to_base_units() for name in (unit, other))
        if first.units != second.units:
            return None
        return Fraction(first.magnitude) / Fraction(second.magnitude)


def _temperature(amount: Fraction, unit: str, other: str) -> Fraction | None:
    if {unit, other} == {"arc_degree", unit if other == "arc_degree" else other}:  # "25°" for 25 °C
        return amount
    if unit not in _TEMPERATURES or other not in _TEMPERATURES:
        return None
    with _lock:
        return Fraction(_registry().Quantity(amount, unit).to(other).magnitude)


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(non_int_type=Fraction)
    for definition in _DEFINITIONS:
        registry.define(definition)
    return registry
