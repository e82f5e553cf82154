"""How statements are made from images and explanations."""

from typing import Literal, Self

from pydantic import Field, model_validator

from asterism.core.config import Config


class BuildConfig(Config):
    """What is asked of the server, how often, and what is kept of the answers."""

    language: Literal["auto", "en", "zh"] = Field(
        "auto", description="auto: each explanation's own, English or Chinese"
    )
    caption: bool = Field(True, description="describe each image first and give the description to the writer")
    fewest: int = Field(5, ge=1, description="statements an image must keep")
    most: int = Field(10, ge=1, le=50, description="statements an image may keep")
    label_share: float = Field(0.3, ge=0, le=0.5, description="least share of either label among an image's statements")
    overall_share: float = Field(0.45, ge=0, le=0.5, description="least share of either label in the whole set")
    attempts: int = Field(3, ge=1, description="replies asked for, at most, until one step of a record has succeeded")
    blind_samples: int = Field(12, ge=0, description="times a statement is judged without the image; 0: never")
    blind_share: float = Field(0.9, gt=0.5, le=1, description="share of right blind answers that drops a statement")
    caption_model: str | None = Field(None, description="model that describes; none: the server's")
    statement_model: str | None = Field(None, description="model that writes statements; none: the server's")
    blind_model: str | None = Field(None, description="model that judges without the image; none: the server's")
    caption_temperature: float = Field(0.7, ge=0, description="as published (arXiv 2602.10575)")
    statement_temperature: float = Field(0.5, ge=0, description="as published (arXiv 2602.10575)")
    blind_temperature: float = Field(1.0, ge=0, description="above 0, so that samples differ")
    top_p: float = Field(0.9, gt=0, le=1, description="of captions and statements, as published (arXiv 2602.10575)")
    max_tokens: int = Field(2048, ge=16, description="longest reply of the writer, in tokens")
    seed: int = Field(0, description="names every random choice")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.fewest > self.most:
            raise ValueError(f"fewest: {self.fewest} statements are more than most, {self.most}")
        return self
