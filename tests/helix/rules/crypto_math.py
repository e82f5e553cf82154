"""CryptoMath, by its rule text."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from random import Random
from string import ascii_uppercase

from asterism.helix.tasks.crypto_math import Cryptogram


def accepts(state: Cryptogram, answer: str) -> bool:
    """Whether each letter has one digit, none the digit of another, no word begins with 0, and the sum is right."""
    pairs = [pair.split("=") for pair in answer.split(", ")]
    digits = dict(pairs)
    if sorted(letter for letter, _ in pairs) != _letters(state) or len(set(digits.values())) != len(pairs):
        return False
    if not all(digit in "0123456789" and len(digit) == 1 for digit in digits.values()):
        return False
    *terms, total = ["".join(digits[letter] for letter in word) for word in (*state.terms, state.total)]
    return "0" not in {word[0] for word in (*terms, total)} and sum(map(int, terms)) == int(total)


def candidates(state: Cryptogram, rng: Random) -> Iterator[str]:
    """Solutions of the bare sum, also with a word that begins with 0; changes of them; digits drawn at random."""
    letters = _letters(state)
    for digits in islice(_sums(state), 30):
        yield _written(digits)
        yield _written(dict(list(digits.items())[1:]))
        yield f"{_written(digits)}, {_written(dict(list(digits.items())[:1]))}"
        unused = sorted(set(range(10)) - set(digits.values()))
        yield _written({**digits, min(set(ascii_uppercase) - set(letters)): unused[0] if unused else 0})
        for _ in range(30):
            one, other = rng.choice(letters), rng.choice(letters)
            yield _written({**digits, one: digits[other], other: digits[one]})
            yield _written({**digits, one: rng.randrange(10)})
    for _ in range(300):
        yield _written(dict(zip(letters, rng.sample(range(10), len(letters)), strict=True)))


def small() -> list[Cryptogram]:
    """Sums of short words, with one solution, several and none."""
    return [
        Cryptogram(("A", "B"), "C"),
        Cryptogram(("A", "A"), "BC"),
        Cryptogram(("AB", "BA"), "CC"),
        Cryptogram(("TO", "GO"), "OUT"),
        Cryptogram(("A", "A", "A"), "B"),
        Cryptogram(("AB", "AB"), "AC"),
        Cryptogram(("SEND", "MORE"), "MONEY"),
    ]


def _letters(state: Cryptogram) -> list[str]:
    return sorted(set("".join((*state.terms, state.total))))


def _written(digits: dict[str, int]) -> str:
    return ", ".join(f"{letter}={digit}" for letter, digit in digits.items())


def _sums(state: Cryptogram) -> Iterator[dict[str, int]]:
    """Different digits that make the sum right."""
    weights: Counter[str] = Counter()
    for word, sign in [*((term, 1) for term in state.terms), (state.total, -1)]:
        for place, letter in enumerate(reversed(word)):
            weights[letter] += sign * 10**place
    letters = sorted(weights, key=lambda letter: -abs(weights[letter]))

    def extended(digits: dict[str, int], value: int) -> Iterator[dict[str, int]]:
        left = [weights[letter] for letter in letters[len(digits) :]]
        if value + 9 * sum(w for w in left if w < 0) > 0 or value + 9 * sum(w for w in left if w > 0) < 0:
            return
        if not left:
            yield digits
            return
        letter = letters[len(digits)]
        for digit in set(range(10)) - set(digits.values()):
            yield from extended({**digits, letter: digit}, value + weights[letter] * digit)

    return extended({}, 0)
