"""Which server is asked."""

import traceback
from typing import Any

import pytest

from asterism.core.errors import AsterismError
from asterism.llm.config import ServerConfig
from asterism.llm.reply import Usage
from asterism.llm.secret import Secret


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"url": "localhost:8000"}, "http://"),
        ({"url": "ftp://host/v1"}, "http://"),
        ({"modell": "m"}, "Did you mean 'model'"),
        ({"model": ""}, "model"),
        ({"concurrency": 0}, "concurrency"),
        ({"max_cost": 3}, "nothing costs anything"),
        ({"structured": "perhaps"}, "structured"),
    ],
)
def test_what_cannot_be_meant_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(AsterismError, match=words):
        ServerConfig.parse({"model": "m", **values}, where="--api")


@pytest.mark.parametrize("url", ["https://me:hunter22@host/v1", "https://host/v1?key=hunter22"])
def test_an_address_with_a_key_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(AsterismError, match="holds no key") as caught:
        ServerConfig.parse({"url": url, "model": "m"}, where="--api")
    assert "hunter22" not in "".join(traceback.format_exception(caught.value))


def test_cost_is_by_the_million() -> None:
    config = ServerConfig(model="m", price_per_million_prompt=2.5, price_per_million_completion=10)
    assert config.cost(Usage(400_000, 100_000)) == pytest.approx(2.0)


def test_a_key_is_struck_out_in_every_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K", ' a"b\\c/d e+f \n')
    secret = Secret("K")
    assert secret.reveal() == 'a"b\\c/d e+f'
    text = 'x a"b\\c/d e+f y a\\"b\\\\c/d e+f z a%22b%5Cc/d%20e%2Bf a%22b%5Cc%2Fd%20e%2Bf'
    assert secret.strike(text) == "x [key] y [key] z [key] [key]"
    assert 'a"b' not in repr(secret)


def test_a_word_too_short_to_be_a_key_stays_in_what_a_model_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K", "EMPTY")
    assert Secret("K").strike_reply("the bowl is EMPTY") == "the bowl is EMPTY"
    assert Secret("K").strike("Bearer EMPTY") == "Bearer [key]"
    assert Secret(None).strike("anything") == "anything"


def test_a_key_that_no_header_may_hold_is_refused_by_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K", "one\ntwo")
    with pytest.raises(AsterismError) as caught:
        Secret("K")
    assert "K: the key" in str(caught.value)
    assert "two" not in str(caught.value)
