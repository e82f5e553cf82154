"""The pages of ``docs/`` that come from the code: ``python -m tests.generated_docs`` (``make docs``) writes them."""

from pathlib import Path

from asterism.runs.recipe_fields import recipe_fields

DOCS = Path(__file__).parents[1] / "docs"
RECIPES = """# The fields of a recipe

Made by `asterism recipe fields --markdown`. A recipe need only name what differs from the defaults.

| field | type | default | meaning |
|---|---|---|---|
"""


def pages() -> dict[str, str]:
    """The text of each page by its file's name."""
    return {"recipes.md": RECIPES + "".join(f"{field.markdown()}\n" for field in recipe_fields())}


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
