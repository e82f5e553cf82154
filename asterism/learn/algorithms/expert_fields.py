"""The recipe fields that every algorithm with experts has."""

from typing import Any, Final

from pydantic import Field

EXPERT_TOKENS: Final[Any] = Field(
    None,
    ge=1,
    description="longest expert completion, tokens; longer ones are left out. null: what the context holds",
)
GRADIENTS_EVERY: Final[Any] = Field(
    0, ge=0, description="steps between measurements of both terms' gradients (two more backward passes); 0: never"
)
