"""How an audit is done, and above what it fails."""

from pydantic import Field

from asterism.core.config import Config


class AuditConfig(Config):
    """Settings of an audit; shares are of 1."""

    tasks: int = Field(200, ge=1, description="most tasks that answers are made for")
    per_class: int = Field(40, ge=1, description="most answers of each class of the adversarial set")
    seed: int = Field(0, description="names every random choice")
    part: str = Field("", description="the part of the reward that says what is right; none: found by itself")
    max_accepts: float = Field(0.005, ge=0, le=1, description="largest share of wrong answers that may be paid")
    max_refusals: float = Field(
        0.005, ge=0, le=1, description="largest share of right answers, in the form asked for, that may be refused"
    )
    max_null: float = Field(
        0.01,
        ge=0,
        description="most that an empty or senseless completion may earn, as a share of a right answer's reward",
    )
    max_seconds: float = Field(1.0, gt=0, description="longest call, in seconds, whatever the input")
    hostile: bool = Field(True, description="also try long and twisted inputs, in a process of their own")
