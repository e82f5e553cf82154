"""What an expert wrote, as a trainable sequence."""

from asterism.core.errors import UnfitTrace
from asterism.core.sample import Sample
from asterism.core.task import Task
from asterism.core.trajectory import Segment, Trajectory
from asterism.policy.encoder import Encoder


def expert_sample(task: Task, prompt: str, trace: str, encoder: Encoder) -> Sample:
    """An expert's completion of a task, every token of it (the end of text included) with weight 1 of ``ce``.

    Raises:
        AsterismError: the prompt cannot be encoded.
        UnfitTrace: the trace holds a token that is never sampled.
    """
    encoded = encoder.encode(prompt, task.images, where=task.id)
    tokenizer = encoder.policy.tokenizer
    answer = (*tokenizer(trace, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id)
    never = sorted(set(answer) & set(encoder.policy.suppressed_token_ids))
    if never:  # its probability is 0, so the loss would be infinite
        raise UnfitTrace(
            "never_written",
            f"the expert trace holds {tokenizer.convert_ids_to_tokens(never[0])}, a token the model may never write",
            where=f"task {task.id}",
            remedy="Take it out of meta.trace.",
        )
    trajectory = Trajectory(
        (
            Segment("prompt", encoded.token_ids, prompt, task.images),
            Segment("model", answer, trace, trainable=True),
        )
    )
    return Sample(trajectory, {"ce": (1.0,) * len(answer)})
