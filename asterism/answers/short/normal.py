"""A normal form of formulas: sums of products of powers, with rational coefficients.

Two formulas with one normal form are equal. The converse does not hold: what is neither a sum, a product, a power with
a whole exponent nor a square root of a rational is taken as it stands.
"""

from collections.abc import Mapping
from fractions import Fraction

from asterism.answers.short.tree import Apply, Name, Node, Num

Monomial = tuple[tuple[str, int], ...]
Normal = dict[Monomial, Fraction]

_MAX_TERMS = 64
_MAX_POWER = 12
_MAX_BITS = 512
_ROOT = "√"


class NoNormalFormError(Exception):
    """A formula whose normal form would be too long."""


def normal(node: Node) -> Normal:
    """The normal form.

    Raises:
        NoNormalFormError: it is too long.
    """
    match node:
        case Num(value):
            return {(): value} if value else {}
        case Name(name):
            return {((name, 1),): Fraction(1)}
        case Apply("+", arguments):
            return _sum([normal(argument) for argument in arguments])
        case Apply("-", (only,)):
            return {monomial: -factor for monomial, factor in normal(only).items()}
        case Apply("*", arguments):
            return _product([normal(argument) for argument in arguments])
        case Apply("/", (top, bottom)):
            return _times(normal(top), _inverse(normal(bottom)))
        case Apply("^", (base, Num(exponent))) if exponent.denominator == 1 and abs(exponent) <= _MAX_POWER:
            form = normal(base)
            return _product([form if exponent > 0 else _inverse(form)] * abs(int(exponent)))
        case Apply("^", (base, Num(exponent))) if exponent == Fraction(1, 2):
            return _square_root(normal(base))
        case Apply("sqrt", (radicand,)):
            return _square_root(normal(radicand))
        case Apply(operation, arguments):
            inner = ";".join(_key(normal(argument)) for argument in arguments)
            return _atom(f"{operation}({inner})")


def _atom(name: str, power: int = 1) -> Normal:
    return {((name, power),): Fraction(1)}


def _key(form: Mapping[Monomial, Fraction]) -> str:
    return "+".join(sorted(f"{factor}·{monomial}" for monomial, factor in form.items()))


def _sum(forms: list[Normal]) -> Normal:
    total: Normal = {}
    for form in forms:
        for monomial, factor in form.items():
            total[monomial] = total.get(monomial, Fraction(0)) + factor
    return {monomial: factor for monomial, factor in total.items() if factor}


def _product(forms: list[Normal]) -> Normal:
    product: Normal = {(): Fraction(1)}
    for form in forms:
        product = _times(product, form)
    return product


def _times(first: Normal, second: Normal) -> Normal:
    if len(first) * len(second) > _MAX_TERMS * _MAX_TERMS:
        raise NoNormalFormError
    product: Normal = {}
    for one, factor in first.items():
        for other, coefficient in second.items():
            scale, monomial = _joined(one, other)
            product[monomial] = product.get(monomial, Fraction(0)) + factor * coefficient * scale
    if len(product) > _MAX_TERMS or any(factor.numerator.bit_length() > _MAX_BITS for factor in product.values()):
        raise NoNormalFormError
    return {monomial: factor for monomial, factor in product.items() if factor}


def _joined(one: Monomial, other: Monomial) -> tuple[Fraction, Monomial]:
    """The product of two monomials, with squares of roots and of ``i`` taken out."""
    powers = dict(one)
    for name, power in other:
        powers[name] = powers.get(name, 0) + power
    scale = Fraction(1)
    for name, square in ((name, _square(name)) for name in list(powers)):
        if square is not None:
            whole, powers[name] = divmod(powers[name], 2)
            scale *= Fraction(square) ** whole
    roots = [name for name, power in powers.items() if name[0] == _ROOT and power and name[1:].isdigit()]
    if len(roots) > 1:  # √2·√3 is √6
        radicand = 1
        for name in roots:
            radicand *= int(name[1:])
            del powers[name]
        outside, inside = _extracted(radicand)
        scale *= outside
        if inside != 1:
            powers[f"{_ROOT}{inside}"] = 1
    return scale, tuple(sorted((name, power) for name, power in powers.items() if power))


def _square(name: str) -> int | None:
    if name == "i":
        return -1
    return int(name[1:]) if name[0] == _ROOT and name[1:].isdigit() else None


def _inverse(form: Normal) -> Normal:
    if len(form) != 1:
        return _atom(f"1/({_key(form)})") if form else _atom("1/0")
    ((monomial, factor),) = form.items()
    scale, inverted = _joined((), tuple((name, -power) for name, power in monomial))
    return {inverted: scale / factor}


def _square_root(form: Normal) -> Normal:
    value = form.get((), Fraction(0))
    if form and (set(form) != {()} or value < 0 or value.numerator.bit_length() + value.denominator.bit_length() > 60):
        return _atom(f"sqrt({_key(form)})")
    if not form:
        return {}
    outside, inside = _extracted(value.numerator * value.denominator)
    root: Monomial = ((f"{_ROOT}{inside}", 1),) if inside != 1 else ()
    return {root: Fraction(outside, value.denominator)}


def _extracted(radicand: int) -> tuple[int, int]:
    """``outside`` and ``inside`` with ``√radicand = outside·√inside``, for square factors up to a thousand squared."""
    outside, divisor = 1, 2
    while divisor * divisor <= radicand and divisor < 1_000:
        while radicand % (divisor * divisor) == 0:
            radicand //= divisor * divisor
            outside *= divisor
        divisor += 1
    return outside, radicand
