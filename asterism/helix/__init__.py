"""MM-HELIX: 42 procedural tasks, each with generator, solver, verifier, image, text and worked reasoning.

>>> from asterism import helix
>>> entries = helix.create_dataset("sudoku", level=3, size=None, seed=7)
>>> entries.score_answer(entries[99]["answer"], entries[99])
1.0
"""

from asterism.helix.catalogue import puzzle_of, register
from asterism.helix.dataset import Dataset, create_dataset, score_answer, verify_answer
from asterism.helix.entry import Entry
from asterism.helix.mixtures import Mixture, MixtureConfig, create_mixture, mixture
from asterism.helix.puzzle import Puzzle

__all__ = [
    "Dataset",
    "Entry",
    "Mixture",
    "MixtureConfig",
    "Puzzle",
    "create_dataset",
    "create_mixture",
    "mixture",
    "puzzle_of",
    "register",
    "score_answer",
    "verify_answer",
]
