"""The puzzles of a study on disk: to measure on, to tune on, to learn from, and to pre-train the small model on."""

from collections.abc import Iterator

from asterism.helix.bench import read_manifest
from asterism.helix.dataset import Dataset, create_dataset
from asterism.helix.entry import Entry
from asterism.helix.records import write_entries
from asterism.helix.study.folder import PUZZLE_SETS, StudyFolder
from asterism.helix.study.plan import StudyPlan


def write_puzzles(folder: StudyFolder) -> None:
    """The puzzles of every set that is not there yet. None of them is one of the benchmark, none is in two sets but
    that the small model may be taught what arms learn from."""
    if all((folder.records(name) / "records.jsonl").is_file() for name in PUZZLE_SETS):
        return
    wanted, datasets = folder.plan.instances, _datasets(folder.plan)
    measured = wanted.test + wanted.dev
    spans = {
        "test": dict.fromkeys(datasets, (0, wanted.test)),
        "dev": dict.fromkeys(datasets, (wanted.test, wanted.dev)),
        "train": dict.fromkeys(folder.plan.tasks.new, (measured, wanted.train)),
        "base": {task: (measured, skill.dose) for task, skill in folder.plan.tasks.every.items()},
    }
    for name, span in spans.items():
        write_entries(folder.records(name), _entries(datasets, span))


def _datasets(plan: StudyPlan) -> dict[str, Dataset]:
    wanted, known = plan.instances, read_manifest().states
    return {
        name: create_dataset(
            name,
            level=skill.level,
            size=wanted.test + wanted.dev + max(skill.dose, wanted.train),
            seed=wanted.seed,
            distinct=True,
            pictured=False,
            reference=plan.tasks.reference,
            exclude=known,
        )
        for name, skill in plan.tasks.every.items()
    }


def _entries(datasets: dict[str, Dataset], spans: dict[str, tuple[int, int]]) -> Iterator[Entry]:
    for task, (first, count) in spans.items():
        yield from datasets[task][first : first + count]
