"""The worker of Asterism: ``--naive`` for the path that shares nothing."""

import argparse
from pathlib import Path

from agreement import Batch
from case import Case
from package import Steps
from wire import Port

from asterism.learn.run import versions


def main() -> None:
    """Serve commands, or take ``--steps`` steps and end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--naive", action="store_true")
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    case = Case.read(options.folder)
    steps = Steps.of_case(options.folder, case, naive=options.naive)
    tokens = case.rows * case.answer_tokens
    if options.steps:
        for _ in range(options.steps):
            steps.step(tokens=tokens)
        return
    port = Port()
    port.reply(versions=versions())
    while (command := port.receive()["cmd"]) != "stop":
        if command == "step":
            port.reply_seconds(steps.step(tokens=tokens))
        else:
            port.reply(**steps.loss(Batch.read(options.folder)))


if __name__ == "__main__":
    main()
