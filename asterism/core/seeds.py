"""Randomness by name: every random choice derives from a path of words and numbers by hashing."""

import hashlib
import random

import numpy as np


def derive_seed(*path: str | int) -> int:
    """A 63-bit seed for a path such as ``(seed, "scene", index)``.

    The same path gives the same seed in every process, on every machine and under every
    ``PYTHONHASHSEED``; different paths give independent seeds.

    Raises:
        TypeError: a part is neither text nor a Python integer.
    """
    for part in path:
        if not isinstance(part, str | int):  # a numpy integer would silently name another seed
            raise TypeError(f"a seed's path is made of str and int, not {type(part).__name__}")
    text = "\x1f".join(f"{type(part).__name__}:{part}".replace("\x1f", "\x1f\x1f") for part in path)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def rng_for(*path: str | int) -> random.Random:
    """A private standard-library generator for a path (see :func:`derive_seed`)."""
    return random.Random(derive_seed(*path))


def numpy_rng_for(*path: str | int) -> np.random.Generator:
    """A private numpy generator for a path (see :func:`derive_seed`)."""
    return np.random.Generator(np.random.PCG64(derive_seed(*path)))
