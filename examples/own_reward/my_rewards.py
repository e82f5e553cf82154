"""A reward of one's own: a function of a task and of what the model wrote."""

from asterism import Task


def score(task: Task, completion: str) -> dict[str, float]:
    """Named parts, which add up: the right number, and few words."""
    return {
        "right": float(str(task.answer) in completion),
        "brief": max(0.0, 1 - len(completion) / 200),
    }
