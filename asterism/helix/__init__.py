"""MM-HELIX: 42 procedural tasks, each with generator, solver, verifier, picture, text and worked reasoning."""

from typing import TYPE_CHECKING

from asterism.core.lazy import lazy_names

if TYPE_CHECKING:
    from asterism.helix.dataset import create_dataset as create_dataset
    from asterism.helix.dataset import judge_answer as judge_answer
    from asterism.helix.dataset import mixture as mixture
    from asterism.helix.dataset import score_answer as score_answer

_PLACES = dict.fromkeys(("create_dataset", "judge_answer", "mixture", "score_answer"), "asterism.helix.dataset")

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(__name__, _PLACES)
