"""A case's folder: its model, prompts and fixed batch, written once and loaded by every peer."""

import shutil
from pathlib import Path

from agreement import write_batch
from case import Case
from model import FRAME_TOKENS, PATCH_SIZE, save_model, words
from prompts import write_prompts

from asterism.policy.source import no_progress_bars

STEPS = 32
"""Steps before a prompt comes again."""


def prepare(case: Case, work: Path) -> tuple[Path, int]:
    """Write a case's folder anew; returns it and the model's parameter count."""
    no_progress_bars()
    folder = work / case.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    case.write(folder)
    parameters = save_model(case.model, case.image_tokens, folder / "model")
    write_prompts(
        folder,
        known=words(case.model),
        words=case.prompt_tokens - case.image_tokens - FRAME_TOKENS,
        side=PATCH_SIZE * round(case.image_tokens**0.5),
        count=STEPS * case.prompts,
    )
    write_batch(folder, case.answer_tokens)
    return folder, parameters
