"""Pages that are made from the code are those in the repository."""

import difflib

from tests.generated_docs import DOCS, pages


def test_generated_pages_are_fresh() -> None:
    for name, text in pages().items():
        kept = (DOCS / name).read_text(encoding="utf-8")
        changes = difflib.unified_diff(kept.splitlines(), text.splitlines(), n=0, lineterm="")
        assert kept == text, "\n".join([f"docs/{name} is not what the code says; `make docs` makes it anew:", *changes])
