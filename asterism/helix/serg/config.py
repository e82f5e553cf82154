"""How rule-based traces are rewritten, and what is kept."""

from typing import Literal, Self

from pydantic import Field, model_validator

from asterism.core.config import Config


class SergConfig(Config):
    """What is asked of a teacher, how often, and the bounds within which a trace is kept."""

    teacher: Literal["rules", "server"] = Field(
        "rules",
        description="rules: the rule-based trace, reworded by name; server: a model behind a server rewrites it",
    )
    seed: int = Field(0, description="names every choice of words and every draw of the server")
    attempts: int = Field(4, ge=1, description="rewrites asked for until one passes every filter")
    temperature: float = Field(0.7, ge=0, description="of the rewriting model")
    top_p: float = Field(0.95, gt=0, le=1, description="of the rewriting model")
    max_tokens: int = Field(16_384, ge=16, description="longest rewrite, in tokens")
    shortest: int = Field(100, ge=0, description="characters that a trace has at least")
    longest: int = Field(60_000, ge=1, description="characters that a trace has at most")
    fewest_reflections: int = Field(1, ge=0, description="times that a trace must stop to check or to doubt")
    most_reflections: int = Field(60, ge=0, description="times that it may")
    longest_loop: int = Field(80, ge=8, description="words that four or more repetitions in a row may fill")
    least_coverage: float = Field(
        0.0, ge=0, le=1, description="share of the rule-based states that must be found in a trace"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(f"shortest: {self.shortest} characters are more than longest, {self.longest}")
        if self.fewest_reflections > self.most_reflections:
            raise ValueError(
                f"fewest_reflections: {self.fewest_reflections} are more than most_reflections, {self.most_reflections}"
            )
        return self
