"""A build of the tiny model in the fewest steps, interrupted before speaking and taken up again."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from asterism.metaphor.pretraining.build import PretrainingConfig, build_tiny

FEW = {f"{name}_steps": 1 for name in ("patch", "scene", "reading", "speaking", "judging")}
begun: list[str] = []


@contextmanager
def stage(name: str, steps: int) -> Iterator[Callable[..., None]]:
    """Note the lesson; the first time that speaking begins, break off."""
    if name == "Lesson: speaking" and "broken off" not in begun:
        begun.append("broken off")
        raise KeyboardInterrupt
    begun.append(name.removeprefix("Lesson: "))
    yield lambda *args, **kwargs: None


def main(out: Path) -> None:
    """Build in ``out`` and print the lessons that were begun."""
    config = PretrainingConfig.parse({**FEW, "dev_scenes": 4, "corpus_scenes": 100}, where="test")
    try:
        build_tiny(config, out, stage=stage)
    except KeyboardInterrupt:
        build_tiny(config, out, stage=stage)
    sys.stdout.write(json.dumps(begun) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
