"""Every algorithm that a recipe may name: a further one is a file, an import and a member of the union."""

from typing import Annotated

from pydantic import Field

from asterism.learn.algorithms.ahpo import AhpoConfig
from asterism.learn.algorithms.chord import ChordConfig
from asterism.learn.algorithms.cispo import CispoConfig
from asterism.learn.algorithms.dapo import DapoConfig
from asterism.learn.algorithms.dr_grpo import DrGrpoConfig
from asterism.learn.algorithms.expert_iteration import ExpertIterationConfig
from asterism.learn.algorithms.grpo import GrpoConfig
from asterism.learn.algorithms.gspo import GspoConfig
from asterism.learn.algorithms.hpt import HptConfig
from asterism.learn.algorithms.luffy import LuffyConfig
from asterism.learn.algorithms.member import MemberConfig
from asterism.learn.algorithms.papo import PapoConfig
from asterism.learn.algorithms.prefix import PrefixConfig
from asterism.learn.algorithms.rloo import RlooConfig

AlgorithmConfig = Annotated[
    GrpoConfig
    | DrGrpoConfig
    | DapoConfig
    | GspoConfig
    | CispoConfig
    | RlooConfig
    | PapoConfig
    | AhpoConfig
    | HptConfig
    | MemberConfig
    | LuffyConfig
    | ChordConfig
    | ExpertIterationConfig
    | PrefixConfig,
    Field(discriminator="kind"),
]
