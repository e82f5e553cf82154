"""The one error a person is meant to read."""


class AsterismError(Exception):
    """Bad input, told in one or two lines: what is wrong, where, and what to do.

    Raised where the fault is found and caught only at the command line, which prints it without a
    traceback (``--debug`` shows the traceback).
    """

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        place = f"{where}: " if where else ""
        advice = f"\n{remedy}" if remedy else ""
        super().__init__(f"{place}{what}{advice}")


class UnfitTrace(AsterismError):
    """An expert trace that must not be imitated; ``code`` is the short name under which it is counted."""

    def __init__(self, code: str, what: str, *, where: str, remedy: str) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.code = code
