"""The benchmark: six instances of each task and level, frozen by the hashes of their states and images.

Source: MM-HELIX (arXiv 2510.08540), section 3: 42 tasks, 5 levels, 6 instances, with an image or as text.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pydantic import Field

from asterism.core.config import Config
from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.helix.catalogue import puzzle_of
from asterism.helix.dataset import create_dataset
from asterism.helix.entry import Entry, entry_of
from asterism.helix.puzzle import LEVELS, Puzzle
from asterism.helix.wording import Language

SEED = 251_008_540
PER_LEVEL = 6
BENCHMARK_TASKS = (
    *("aquarium", "binairo", "bridges", "calcudoku", "campsite", "container", "crypto_math", "eulerian_cycle"),
    *("eulerian_path", "eulero", "futoshiki", "graph_isomorphism", "h_index", "hamiltonian_cycle", "hamiltonian_path"),
    *("hills_and_valleys", "hitori", "kakuro", "kukurasu", "largest_rectangle", "longest_increasing_subsequence"),
    *("max_flow", "maze", "minesweeper", "nibbles", "nonogram", "numbrix", "shingoki", "shortest_distance"),
    *("skyscrapers", "sliding_puzzle", "snake", "sokoban", "stock", "sudoku", "tapa", "topological_sort"),
    *("tower_of_hanoi", "trapping_rain", "twenty_four_points", "word_ladder", "word_search"),
)
"""The tasks of the benchmark, in its order. Tasks added to the catalogue later are not among them: a frozen set does
not grow."""
FROZEN = Path(__file__).parent / "benchmark.json"
"""The manifest of the benchmark."""
VERSION = 1


class Item(Config):
    """One instance: its name, the fingerprint of its state, the digest of its image (``image`` in the file)."""

    id: str
    state: str = Field(pattern="^[0-9a-f]{64}$")
    image: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(Config):
    """What the benchmark consists of."""

    version: int = VERSION
    seed: int = SEED
    per_level: int = PER_LEVEL
    items: tuple[Item, ...]

    @property
    def states(self) -> frozenset[str]:
        """Fingerprints of all states, to keep them out of a training set."""
        return frozenset(item.state for item in self.items)


@dataclass(frozen=True, slots=True)
class Form:
    """How the benchmark is asked; in both orders, instances that show two things side by side come twice."""

    pictured: bool = True
    language: Language = "en"
    both_orders: bool = False


def bench_tasks(names: Sequence[str] | None = None) -> tuple[str, ...]:
    """The names of some tasks, or of all the benchmark's, in its order.

    Raises:
        AsterismError: one is unknown.
    """
    return BENCHMARK_TASKS if names is None else tuple(sorted({puzzle_of(name).name for name in names}))


def total_of(names: Sequence[str], form: Form | None = None) -> int:
    """How many entries some tasks have in the benchmark."""
    twice = sum(puzzle_of(name).two_sided for name in names) if form and form.both_orders else 0
    return (len(names) + twice) * len(LEVELS) * PER_LEVEL


def bench_entries(names: Sequence[str] | None = None, form: Form | None = None, *, workers: int = 1) -> Iterator[Entry]:
    """The instances of the benchmark, task by task, level by level.

    ``workers`` processes make them; the entries do not depend on their number.
    """
    groups = [(task, level) for task in bench_tasks(names) for level in LEVELS]
    draw = partial(_group, form=form or Form())
    if workers == 1:
        yield from chain.from_iterable(map(draw, groups))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from chain.from_iterable(pool.map(draw, groups))


def item_of(entry: Entry) -> Item:
    """What the manifest says of an entry that has an image."""
    (image,) = entry.images
    return Item(id=entry.id, state=entry.fingerprint, image=image.digest)


def manifest_of(entries: Iterable[Entry]) -> Manifest:
    """The manifest of entries with images."""
    return Manifest(items=tuple(map(item_of, entries)))


def freeze(manifest: Manifest, path: Path = FROZEN) -> Path:
    """Write a manifest of the whole benchmark.

    Raises:
        AsterismError: instances are missing, or the disk does not take the file.
    """
    check_complete(len(manifest.items), path)
    with whole_file(path) as beside:
        head = json.dumps({"version": manifest.version, "seed": manifest.seed, "per_level": manifest.per_level})[1:-1]
        items = ",\n".join(json.dumps(item.model_dump()) for item in manifest.items)
        beside.write_text(f'{{{head}, "items": [\n{items}\n]}}\n', encoding="utf-8")
    return path


def check_complete(instances: int, path: Path) -> None:
    """Whether these are all instances of the benchmark.

    Raises:
        AsterismError: they are not; ``path`` is named as what is not written.
    """
    wanted = total_of(BENCHMARK_TASKS)
    if instances != wanted:
        raise AsterismError(
            f"{instances:,} of the benchmark's {wanted:,} instances",
            where=str(path),
            remedy=f"It is frozen as a whole, all {len(BENCHMARK_TASKS)} tasks.",
        )


def read_manifest(path: Path = FROZEN) -> Manifest:
    """The manifest in a file.

    Raises:
        AsterismError: there is none, or it is of another form.
    """
    if not path.is_file():
        raise AsterismError(
            "the benchmark is not frozen", where=str(path), remedy="`asterism helix bench freeze` writes the manifest."
        )
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AsterismError(f"not valid JSON ({error})", where=str(path), remedy="Take it away.") from error
    return Manifest.parse(values, where=str(path))


def only(manifest: Manifest, names: Sequence[str]) -> Manifest:
    """The part of a manifest that is about some tasks."""
    known = {f"{name}-" for name in names}
    items = tuple(item for item in manifest.items if item.id[: item.id.index("-") + 1] in known)
    return manifest.model_copy(update={"items": items})


@dataclass(frozen=True, slots=True)
class Difference:
    """How an instance is not as the manifest says."""

    id: str
    what: str


def differences(manifest: Manifest, entries: Iterable[Entry]) -> Iterator[Difference]:
    """What is not as frozen: other states, other images, instances that are missing or not of the manifest.

    Images of entries without one are not compared.
    """
    frozen: Mapping[str, Item] = {item.id: item for item in manifest.items}
    seen = set()
    for entry in entries:
        id = entry.id
        seen.add(id)
        item = frozen.get(id)
        if item is None:
            yield Difference(id, "not in the manifest")
        elif entry.fingerprint != item.state:
            yield Difference(id, "another state")
        elif entry.images and entry.images[0].digest != item.image:
            yield Difference(id, "another image")
    for id in frozen:
        if id not in seen:
            yield Difference(id, "missing")


def _group(names: tuple[str, int], form: Form) -> list[Entry]:
    """The entries of one task and level."""
    task, level = names
    puzzle = puzzle_of(task)
    entries = create_dataset(
        task,
        level=level,
        size=PER_LEVEL,
        seed=SEED,
        distinct=True,
        pictured=form.pictured,
        language=form.language,
    )
    if not (form.both_orders and puzzle.two_sided):
        return list(entries)
    return [each for entry in entries for each in _both_orders(entry, puzzle, form)]


def _both_orders(entry: Entry, puzzle: Puzzle[Any], form: Form) -> Iterator[Entry]:
    state = puzzle.load(entry.metadata["state"])
    other = entry_of(entry.name, puzzle.mirrored(state), pictured=form.pictured, language=form.language)
    for each in (entry, other):
        yield replace(each, metadata={**each.metadata, "pair": entry.fingerprint})
