"""What an expert wrote, as a trainable sequence."""

from asterism.core.sample import Sample
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.policy.encoder import Encoder

THINK = "<think>"


def expert_sample(task: Task, prompt: str, trace: str, encoder: Encoder) -> Sample:
    """An expert's completion of a task, every token of it (the end of text included) with weight 1 of ``ce``.

    What the trace holds of control tokens is trained as the letters that it is. Where the chat template has opened the
    thinking, the trace goes on from there: its own ``<think>`` is not written a second time.

    Raises:
        AsterismError: the prompt or the trace cannot be encoded.
    """
    policy = encoder.policy
    encoded = encoder.encode(prompt, task.images, where=task.id)
    opened = policy.opened(encoded.token_ids)
    written = _after(opened, trace)
    answer = (*policy.controls.text_ids(written, where=f"task {task.id}"), policy.tokenizer.eos_token_id)
    trajectory = Trajectory(
        (
            Segment("prompt", encoded.token_ids, prompt, task.images, opened=opened),
            Segment("model", answer, written, trainable=True),
        )
    )
    return Sample(trajectory, {"ce": (1.0,) * len(answer)})


def _after(opened: str, trace: str) -> str:
    """What is left to write of a trace once the prompt has begun its thinking."""
    if not opened or not trace.lstrip().startswith(THINK):
        return trace
    thought = trace.lstrip().removeprefix(THINK)
    return thought.lstrip() if opened.endswith("\n") else thought
