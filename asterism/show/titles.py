"""What a person reads for the names in a run's files. A name without a title is shown as its words."""

from collections.abc import Mapping

METRICS = {
    "per_statement": "Per statement",
    "all_correct": "All correct per image",
    "twin_pairs": "Both twins right",
    "accuracy": "Accuracy",
    "reward": "Mean reward",
    "points": "Mark",
    "balanced": "Balanced",
}
"""Metrics, in the order in which they are shown; others follow in the order of the file."""

KINDS = {
    "tfq": "statements",
    "mcq": "multiple choice",
    "osq": "open questions",
    "short": "short answers",
    "verified": "verified",
}
"""Kinds of task."""

FIELDS = {"image_type": "kind of image", "level": "level of statement"}
"""Fields that metrics are broken down by."""

MARK_PARTS = {"domain": "domain and context", "rhetoric": "means", "depth": "deeper meaning"}
"""Finer marks of open answers."""

_ACRONYMS = frozenset({"sft", "grpo", "kl", "tfq", "mcq", "lr", "vlm", "rl", "ce"})


def title_of(name: str, titles: Mapping[str, str] | None = None) -> str:
    """The title of a name, or its words.

    >>> title_of("sft_same_seconds")
    'SFT same seconds'
    """
    words = (word.upper() if word in _ACRONYMS else word for word in name.replace("_", " ").split(" "))
    return (titles or {}).get(name) or " ".join(words)


def sentence(words: str) -> str:
    """Words with a capital letter in front."""
    return words[:1].upper() + words[1:]
