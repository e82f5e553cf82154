"""The set in the forms in which trainers read it: conversations to imitate, questions with an expert's response.

Images are named relative to the folder of the file that is written; ``<image>`` marks their places in a question.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from asterism.core.errors import AsterismError
from asterism.core.files import whole_file
from asterism.core.image import Image
from asterism.core.task import Task

Form = Literal["sft", "rl"]
PLACE = "<image>"


def export_set(tasks: Iterable[Task], file: Path, form: Form) -> int:
    """Write records with traces as JSON lines; returns their number.

    ``sft``: ``id, messages`` (of user and assistant) and ``images``; every record needs a trace. ``rl``: ``id, prompt``
    (the messages before the answer), ``images, family, answer, state, level`` and ``expert_response``, null where a
    record has none.

    Raises:
        AsterismError: a record has no trace to imitate, or the disk does not take the file.
    """
    number = 0
    with whole_file(file) as beside, beside.open("w", encoding="utf-8", newline="\n") as out:
        for task in tasks:
            number += 1
            row = _conversation(task, file.parent) if form == "sft" else _question(task, file.parent)
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return number


def _conversation(task: Task, folder: Path) -> dict[str, Any]:
    trace = task.meta.get("trace")
    if not isinstance(trace, str) or not trace:
        raise AsterismError(
            f"record {task.id} has no trace to imitate", remedy="Give a set that `asterism helix serg` wrote."
        )
    answer = {"role": "assistant", "content": trace}
    return {"id": task.id, "messages": [_asked(task), answer], "images": _names(task, folder)}


def _question(task: Task, folder: Path) -> dict[str, Any]:
    expert = task.meta.get("expert_response") or task.meta.get("trace")
    return {
        "id": task.id,
        "prompt": [_asked(task)],
        "images": _names(task, folder),
        "family": task.family,
        "answer": task.answer,
        "state": task.meta.get("state"),
        "level": task.meta.get("level"),
        "expert_response": expert if isinstance(expert, str) and expert else None,
    }


def _asked(task: Task) -> dict[str, str]:
    return {"role": "user", "content": "".join(f"{PLACE}\n" for _ in task.images) + task.question}


def _names(task: Task, folder: Path) -> list[str]:
    return [_name(image, folder) for image in task.images]


def _name(image: Image, folder: Path) -> str:
    assert image.path is not None  # it was read from a record
    return Path(os.path.relpath(image.path.resolve(), folder.resolve())).as_posix()
