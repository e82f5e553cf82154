"""Every algorithm that a recipe may name: a further one is a file, an import and a member of the union."""

from typing import Annotated

from pydantic import Field

from asterism.learn.algorithms.ahpo import AhpoConfig
from asterism.learn.algorithms.chord import ChordConfig
from asterism.learn.algorithms.expert_iteration import ExpertIterationConfig
from asterism.learn.algorithms.grpo import GrpoConfig
from asterism.learn.algorithms.hpt import HptConfig
from asterism.learn.algorithms.luffy import LuffyConfig
from asterism.learn.algorithms.member import MemberConfig
from asterism.learn.algorithms.prefix import PrefixConfig

AlgorithmConfig = Annotated[
    GrpoConfig
    | AhpoConfig
    | HptConfig
    | MemberConfig
    | LuffyConfig
    | ChordConfig
    | ExpertIterationConfig
    | PrefixConfig,
    Field(discriminator="kind"),
]
