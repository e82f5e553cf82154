"""What can go wrong with a request."""

from asterism.core.errors import AsterismError


class LlmError(AsterismError):
    """A request that has no reply. Where ``ends_run`` is true, no other request would fare better."""

    ends_run = False


class BudgetSpent(LlmError):
    """The budget of tokens or money is used up; what was in flight has been awaited and kept."""

    ends_run = True


class Refused(LlmError):
    """The server will not answer this, however often it is asked: a status of 4xx, with its own words."""

    def __init__(
        self, what: str, *, status: int, ends_run: bool = False, where: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.status = status
        self.ends_run = ends_run


class Unreachable(LlmError):
    """Every try ended in a timeout, a dropped connection, a 429 or a 5xx."""


class BadReply(LlmError):
    """Every try was answered with something that is no reply: broken JSON, no choice."""


class Unsendable(LlmError):
    """The request cannot be put into words for a server: an image is missing, a text is no Unicode."""
