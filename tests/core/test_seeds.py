import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.core.seeds import derive_seed, numpy_rng_for, rng_for

PATHS = st.lists(st.integers() | st.text(alphabet="ab\x1f:str10", max_size=6), max_size=4).map(tuple)


def test_seed_does_not_depend_on_the_process_or_its_hash_seed() -> None:
    code = (
        "from asterism.core.seeds import *;"
        "print(derive_seed(7, 'scene', 3), rng_for('a').random(), numpy_rng_for('a').random())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "4242")
    }
    here = f"{derive_seed(7, 'scene', 3)} {rng_for('a').random()} {numpy_rng_for('a').random()}\n"
    assert printed == {here}


def test_seed_of_a_known_path_never_changes() -> None:
    assert derive_seed(0, "scene", 1) == 6495058615329655394


@given(PATHS, PATHS)
def test_different_paths_have_different_seeds(one: tuple[str | int, ...], other: tuple[str | int, ...]) -> None:
    assert (derive_seed(*one) == derive_seed(*other)) == (one == other)


def test_a_separator_inside_a_part_is_no_separator() -> None:
    assert derive_seed("a\x1fstr:b") != derive_seed("a", "b")
    assert derive_seed("a\x1f", "b") != derive_seed("a", "\x1fb")


def test_a_number_and_its_text_are_different_parts() -> None:
    assert derive_seed(1) != derive_seed("1")


@given(PATHS)
def test_seed_fits_in_63_bits(path: tuple[str | int, ...]) -> None:
    assert 0 <= derive_seed(*path) < 2**63


def test_a_numpy_integer_is_refused_rather_than_given_another_seed() -> None:
    with pytest.raises(TypeError, match="int64"):
        derive_seed(np.int64(3))  # type: ignore[arg-type]


def test_generators_are_private() -> None:
    first = rng_for("a")
    numbers = [rng_for("a").random(), first.random()]
    assert numbers[0] == numbers[1]
    assert numpy_rng_for("a").random() != numpy_rng_for("b").random()
