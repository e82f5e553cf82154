"""The naive path: every answer is sampled and scored as a whole row, with its own copy of prompt and pictures."""

import torch
from torch import Tensor

from asterism.learn import scoring
from asterism.learn.batch import Batch
from asterism.policy.policy import Policy
from asterism.policy.prefix import Prefix
from asterism.rollout.local import LocalEngine, _Row


class NaiveEngine(LocalEngine):
    """Samples without a shared prefill."""

    def _prefill(self, batch: list[_Row]) -> tuple[Tensor, Prefix]:
        hidden, prefix = self.policy.read_prefix(self.policy.batch([row.prompt for row in batch], "left"))
        return self.policy.head(hidden[:, -1]), prefix


def score_whole_rows() -> None:
    """From now on the learner of this process reads every prompt once for each of its answers."""
    if not hasattr(scoring, "_hidden_before"):
        raise RuntimeError("asterism.learn.scoring reads batches in another way; mend benchmarks/naive.py")
    scoring._hidden_before = _hidden_of_rows


def _hidden_of_rows(policy: Policy, batch: Batch) -> Tensor:
    """The hidden state from which each answer token is predicted, ``[rows, tokens, width]``, from whole rows."""
    prompts = [batch.prompts[place] for place in batch.branch.tolist()]
    lengths = batch.mask.sum(-1).tolist()
    answers = [answer[:length] for answer, length in zip(batch.answers.tolist(), lengths, strict=True)]
    rows = [prompt.followed_by(answer) for prompt, answer in zip(prompts, answers, strict=True)]
    hidden = policy.read(policy.batch(rows, "right"))
    before = torch.tensor([len(prompt.token_ids) - 1 for prompt in prompts], device=hidden.device)
    places = before[:, None] + torch.arange(batch.answers.shape[1], device=hidden.device)
    return hidden[torch.arange(len(rows), device=hidden.device)[:, None], places.clamp(max=hidden.shape[1] - 1)]
