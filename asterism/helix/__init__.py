"""MM-HELIX: 42 procedural tasks, each with generator, solver, verifier, image, text and worked reasoning.

>>> from asterism import helix
>>> entries = helix.create_dataset("sudoku", level=3, size=None, seed=7)
>>> entries.score_answer(entries[99]["answer"], entries[99])
1.0
"""

from typing import TYPE_CHECKING

from asterism.core.lazy import lazy_names

if TYPE_CHECKING:
    from asterism.helix.catalogue import puzzle_of as puzzle_of
    from asterism.helix.catalogue import register as register
    from asterism.helix.dataset import Dataset as Dataset
    from asterism.helix.dataset import create_dataset as create_dataset
    from asterism.helix.dataset import score_answer as score_answer
    from asterism.helix.dataset import verify_answer as verify_answer
    from asterism.helix.entry import Entry as Entry
    from asterism.helix.mixtures import Mixture as Mixture
    from asterism.helix.mixtures import MixtureConfig as MixtureConfig
    from asterism.helix.mixtures import create_mixture as create_mixture
    from asterism.helix.mixtures import mixture as mixture
    from asterism.helix.puzzle import Puzzle as Puzzle

_PLACES = {
    "Dataset": "asterism.helix.dataset",
    "Entry": "asterism.helix.entry",
    "Mixture": "asterism.helix.mixtures",
    "MixtureConfig": "asterism.helix.mixtures",
    "Puzzle": "asterism.helix.puzzle",
    "create_dataset": "asterism.helix.dataset",
    "create_mixture": "asterism.helix.mixtures",
    "mixture": "asterism.helix.mixtures",
    "puzzle_of": "asterism.helix.catalogue",
    "register": "asterism.helix.catalogue",
    "score_answer": "asterism.helix.dataset",
    "verify_answer": "asterism.helix.dataset",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(__name__, _PLACES)
