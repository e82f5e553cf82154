"""Replies on disk."""

import sqlite3
from pathlib import Path

import pytest

from asterism.core.errors import AsterismError
from asterism.llm.cache import Cache, CacheFault
from asterism.llm.reply import Reply, Usage

REPLY = Reply("yes – 是\x00", "stop", Usage(3, 2), refusal="no", token_ids=(1, 2), prompt_token_ids=(9,))


def test_what_is_put_in_comes_out_also_of_another_opening(tmp_path: Path) -> None:
    cache, other = Cache(tmp_path / "deep" / "er"), Cache(tmp_path / "deep" / "er")
    assert other.get("k") is None
    cache.put("k", REPLY)
    cache.put("k", Reply("second thoughts", "stop", Usage()))
    assert cache.get("k") == other.get("k") == REPLY
    cache.close()
    other.close()


def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "replies.sqlite").write_text("dear diary, " * 99)
    with pytest.raises(AsterismError, match="cannot be opened"):
        Cache(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(AsterismError, match="cannot be opened"):
        Cache(tmp_path / "file")


def test_a_file_of_a_later_form_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "replies.sqlite") as file:
        file.execute("PRAGMA user_version=7")
    with pytest.raises(AsterismError, match="form 7"):
        Cache(tmp_path)


def test_a_row_that_is_no_reply_is_a_fault_and_no_reply(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with sqlite3.connect(cache.path) as file:
        file.execute("INSERT INTO replies VALUES ('k', 'null')")
    with pytest.raises(CacheFault, match="cannot be read"):
        cache.get("k")
    cache.close()
