"""Every kind of guidance that a recipe may name."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from asterism.learn.guidance.ahpo import Ahpo
from asterism.learn.guidance.base import Guidance
from asterism.learn.guidance.chord import Chord
from asterism.learn.guidance.expert_iteration import ExpertIteration
from asterism.learn.guidance.hpt import Hpt
from asterism.learn.guidance.member import Luffy, Member
from asterism.learn.guidance.prefix import Prefix


class NoGuidance(Guidance):
    """No expert takes part."""

    uses_experts: ClassVar[bool] = False

    kind: Literal["none"] = Field("none", description="no expert takes part")


GuidanceConfig = Annotated[
    NoGuidance | Ahpo | Hpt | Member | Luffy | Chord | ExpertIteration | Prefix, Field(discriminator="kind")
]
