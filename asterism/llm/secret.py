"""The key of a server, which nothing may repeat."""

import json
import os
from urllib.parse import quote

from asterism.core.errors import AsterismError

SHORTEST = 8
"""A word with fewer letters guards nothing, and may stand in any text that a model writes."""


class Secret:
    """A key out of an environment variable, and the means to strike it out of a text."""

    __slots__ = ("_forms", "_key", "variable")

    def __init__(self, variable: str | None) -> None:
        """The key in an environment variable; no variable, or one that is not set: no key.

        Raises:
            AsterismError: what the variable holds cannot be sent in a header.
        """
        self.variable = variable
        key = os.environ.get(variable, "").strip() if variable else ""
        if not (key.isascii() and key.isprintable()):
            raise AsterismError(
                "the key holds characters that no header may have", where=variable, remedy="Set the variable anew."
            )
        self._key = key
        self._forms = sorted(
            {key, json.dumps(key)[1:-1], quote(key), quote(key, safe="")} - {""}, key=len, reverse=True
        )

    def reveal(self) -> str:
        """The key itself, for the one who sends it; empty where there is none."""
        return self._key

    def strike(self, text: str) -> str:
        """The text without the key, in whatever way it was escaped."""
        for form in self._forms:
            text = text.replace(form, "[key]")
        return text

    def strike_reply(self, text: str) -> str:
        """The same of what a model wrote, in which a word too short to be a key may stand in its own right."""
        return self.strike(text) if len(self._key) >= SHORTEST else text

    def __repr__(self) -> str:
        return f"Secret({self.variable})"
