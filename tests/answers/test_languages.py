"""A language is one file of word lists."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asterism.answers import language, languages
from asterism.answers.naming import naming
from asterism.answers.options import read_option
from asterism.answers.reading import Reason
from asterism.answers.truth import read_truth

# A made-up language: "la respo estas C", "mi ne kredas ke la respo estas C", "forse la respo estas C".
LIST = """
cues:
  spaced: true
  nouns: respo
  weak_nouns: elekto
  stressed: ĝusta | plej bona
  final: fina
  links: estas
  denied_links: ne estas
  doubted_links: povus esti
  announcements: mi elektas
  keys: respo
  denials: ne kredas | dubas
  fillers: ke | la
  doubts: forse | eble
  turns: atendu
  'true': vera | jes
  'false': falsa | malvera
  verdicts_true: vera
  verdicts_false: falsa | malvera
  near_negators: ne
  negators: ne
  statements: aserto
  determiners: la | tiu
  leads: do
  copulas: estas
  labels: opcio
  rejected: ne | malĝusta
  padding: do | la | opcio
  chosen_after: konvenas
  refers: ĉio supra
  above: supra
"""
OPTIONS = ("a lamp", "a boat", "a tide")


@pytest.fixture
def third_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package's languages and one more, in a folder that is made up for the test."""
    for file in Path(languages.__path__[0]).glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "made_up.yaml").write_text(LIST, encoding="utf-8")
    monkeypatch.setattr("importlib.resources.files", lambda _: tmp_path)
    language.known_languages.cache_clear()
    yield
    monkeypatch.undo()
    language.known_languages.cache_clear()


@pytest.mark.usefixtures("third_language")
@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("La respo estas C.", "C", Reason.CUE),
        ("La ĝusta elekto estas B", "B", Reason.CUE),
        ("Mi elektas A.", "A", Reason.CUE),
        ('{"respo": "C"}', "C", Reason.CUE),
        ("Mi ne kredas ke la respo estas C.", None, Reason.NEGATED),
        ("La respo ne estas C.", None, Reason.NEGATED),
        ("Forse la respo estas C.", None, Reason.HEDGED),
        ("La respo povus esti C.", None, Reason.HEDGED),
        ("La respo estas A. Atendu! La respo estas B.", "B", Reason.CUE),
        ("Opcio C konvenas.", "C", Reason.PROSE),
        ("The answer is C.", "C", Reason.CUE),
        ("答案是C。", "C", Reason.CUE),
    ],
)
def test_a_third_language_is_one_file(text: str, value: str | None, reason: Reason) -> None:
    reading = read_option(text, OPTIONS)
    assert (reading.value, reading.reason) == (value, reason)


@pytest.mark.usefixtures("third_language")
@pytest.mark.parametrize(
    ("text", "value"),
    [("vera", "T"), ("<answer>Malvera</answer>", "F"), ("Do la aserto estas vera.", "T"),
     ("La aserto ne estas vera.", "F"), ("La respo estas falsa", "F")],
)  # fmt: skip
def test_truth_values_of_a_third_language(text: str, value: str) -> None:
    assert read_truth(text).value == value


@pytest.mark.usefixtures("third_language")
def test_options_that_name_others_in_a_third_language() -> None:
    assert naming("Ĉio supra", 4) is not None


def test_without_its_file_a_language_is_not_read() -> None:
    assert not read_option("La respo estas C.", OPTIONS).valid
    assert not read_truth("malvera").valid
