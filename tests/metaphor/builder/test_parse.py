import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterism.metaphor.builder.draft import MAX_STATEMENT
from asterism.metaphor.builder.parse import MAX_REPLY, parse_statements
from asterism.metaphor.builder.statement import LEVELS, Statement, render_statements
from tests.metaphor.builder.writer import ALL_LAYOUTS, lay_out, record_of, statements_of

TWO = [("The key is red.", "T"), ("The heart is free.", "F")]
LAID_OUT = {
    "as asked": "1. [T]: The key is red.\n2. [F]: The heart is free.",
    "parenthesis": "1) [T]: The key is red.\n2) [F]: The heart is free.",
    "bullets": "- [T]: The key is red.\n* [F]: The heart is free.",
    "dots": "• [T] The key is red.\n• [F] The heart is free.",
    "no number": "[T]: The key is red.\n[F]: The heart is free.",
    "words": "1. [True]: The key is red.\n2. [False]: The heart is free.",
    "bold": "**1. [T]:** The key is red.\n**2.** **[F]**: The heart is free.",
    "all bold": "**1. [T]: The key is red.**\n__2. [F]: The heart is free.__",
    "space before colon": "1 . [T] : The key is red.\n2. [F] : The heart is free.",
    "lower case": "1. [t]: The key is red.\n2. [false]: The heart is free.",
    "indented": "\t1. [T]: The key is red.\n     2. [F]: The heart is free.",
    "full-width colon": "1. [T]：The key is red.\n2．【F】：The heart is free.",
    "full-width label": "1. ［Ｔ］：The key is red.\n2. （Ｆ）The heart is free.",
    "continued": "1. [T]: The key\n   is red.\n2. [F]: The heart\nis free.",
    "after the label": "1. [T]:\nThe key is red.\n2. [F]:\n\nThe heart is free.",
    "Chinese labels": "1. [对]：The key is red.\n2、【错】：The heart is free.",
    "Chinese words": "1. 正确：The key is red.\n2. （错误）The heart is free.",
    "no brackets": "1. True: The key is red.\n2. F - The heart is free.",
    "label last": "1. The key is red. [T]\n2. The heart is free. (False)",
    "arrow": "1. The key is red. -> T\n2. The heart is free. — False",
    "blocks": "Statement 1: The key is red.\nLabel: T\n\nStatement 2: The heart is free.\nAnswer: False\n",
    "headings": (
        "### 1\n**Statement:** The key is red.\n**Label:** True\n\n### "
        "2\n**Statement:** The heart is free.\n**Label:** F"
    ),
    "table": "| # | Label | Statement |\n|---|---|---|\n| 1 | T | The key is red. |\n| 2 | F | The heart is free. |",
    "one line": "1. [T]: The key is red. 2. [F]: The heart is free.",
    "circles": "① [T] The key is red.\n② [F] The heart is free.",
    "talk around": (
        "Here are two statements:\n\n1. [T]: The key is red.\n2. [F]: The heart is free.\n\nI hope they help!"
    ),
    "fence": "```\n1. [T]: The key is red.\n2. [F]: The heart is free.\n```",
    "windows": "1. [T]: The key is red.\r\n2. [F]: The heart is free.\r\n",
    "invisible": "\ufeff1. [T]:\u200b The key is red.\n2. [F]: The heart is free.",
    "json": (
        '{"statements": [{"statement": "The key is red.", "label": "T"}, '
        '{"statement": "The heart is free.", "label": false}]}'
    ),
    "json in a fence": (
        'Sure:\n```json\n[{"text": "The key is red.", "answer": "True"}, '
        '{"claim": "The heart is free.", "truth": "f"}]\n```'
    ),
    "json broken off": (
        '{"statements": [{"statement": "The key is red.", "label": "T"}, '
        '{"statement": "The heart is free.", "label": "F"}, {"state'
    ),
}


@pytest.mark.parametrize("layout", LAID_OUT)
def test_every_layout_is_read(layout: str) -> None:
    parsed = parse_statements(LAID_OUT[layout])
    assert [(each.text, each.label) for each in parsed.statements] == TWO
    assert parsed.failure is None


@pytest.mark.parametrize("layout", ALL_LAYOUTS)
def test_what_the_server_of_tests_writes_is_read_whole(layout: str) -> None:
    statements = statements_of(record_of(7)["explanation"])
    parsed = parse_statements(lay_out(statements, layout))
    assert [(each.text, each.label) for each in parsed.statements] == [(text, label) for text, label, _ in statements]


@pytest.mark.parametrize(
    ("line", "level", "evidence"),
    [
        ("1. [T] (literal): The key is red.\n   Evidence: its colour", "literal", "its colour"),
        ("1. [T|symbolic] The key is red. (Evidence: its colour)", "symbolic", "its colour"),
        ("1. [implication] [T]: The key is red.", "implication", ""),
        ("1. [T] literal: The key is red.\n- Evidence: its\n  colour", "literal", "its colour"),
        ("1. [T]: The key is red.\n   依据：its colour\n   层次：象征", "symbolic", "its colour"),
        ("1. 【对】（字面）：The key is red.", "literal", ""),
        (
            '{"statements":[{"statement":"The key is red.","label":"T","level":"literal","evidence":"its colour"}]}',
            "literal",
            "its colour",
        ),
    ],
)
def test_levels_and_evidence_are_read(line: str, level: str, evidence: str) -> None:
    (statement,) = parse_statements(line).statements
    assert (statement.text, statement.level, statement.evidence) == ("The key is red.", level, evidence)


def test_chinese_lines_are_joined_without_a_gap() -> None:
    (statement,) = parse_statements("1. [对]：钥匙是\n红色的。").statements
    assert statement.text == "钥匙是红色的。"


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("I'm sorry, I can't help with that.", "refused"),
        ("抱歉，我无法完成这个请求。", "refused"),
        ("A nice picture.", "no statements"),
        ("1. The key is red.\n2. The heart is free.", "no label"),
        ("1. [T/F]: The key is red.", "unclear label"),
        ("1. [Maybe]: The key is red.", "unclear label"),
        ("1. [T]:\n2. [F]:", "no text"),
        ('{"statements": [', "broken JSON"),
        ('{"statements": [{"statement": "The key is red.", "label": "perhaps"}]}', "unclear label"),
        ("1. [T]: " + "x" * (MAX_STATEMENT + 1), "statement too long"),
        ("1. [T]: The key is red. " * MAX_REPLY, "too long"),
    ],
)
def test_a_reply_without_a_statement_is_a_failure_with_a_reason(reply: str, failure: str) -> None:
    parsed = parse_statements(reply)
    assert (parsed.statements, parsed.failure) == ((), failure)


def test_what_cannot_be_read_beside_what_can_is_a_fault() -> None:
    parsed = parse_statements("1. [T]: The key is red.\n2. The heart is free.\n3. [T or F]: The sky is grey.")
    assert [each.text for each in parsed.statements] == ["The key is red."]
    assert [(each.reason, each.excerpt) for each in parsed.faults] == [
        ("no label", "The heart is free."),
        ("unclear label", "The sky is grey."),
    ]


def test_the_last_statement_of_a_reply_that_was_cut_off_is_left_out() -> None:
    parsed = parse_statements("1. [T]: The key is red.\n2. [F]: The heart is f", cut_off=True)
    assert [each.text for each in parsed.statements] == ["The key is red."]
    assert [each.reason for each in parsed.faults] == ["cut off"]


def entries(*texts: str) -> list[str]:
    return [json.dumps({"statement": text, "label": "T", "level": "literal"}) for text in texts]


KEY, HEART, MOON = entries("The key is red.", "The heart is free.", "A moon shines.")


@pytest.mark.parametrize(
    ("reply", "read", "faults"),
    [
        # an unescaped quote, a missing comma, a value in no quotes
        (KEY + ',{"statement": "The "heart" is free.", "label": "F"},' + MOON, 2, ["broken JSON"]),
        (KEY + ',{"statement": "The heart is free." "label": "F"},' + MOON, 2, ["broken JSON"]),
        (KEY + ',{"statement": The heart is free, "label": "F"},' + MOON, 2, ["broken JSON"]),
        # braces within a statement
        (KEY + ',{"statement": "The {heart} is } free.", "label": "F"},' + MOON, 3, []),
        # nested entries, a comma too many, a brace that is missing
        (KEY + ',{"n": {"statement": "The heart is free.", "label": "F"}},' + MOON, 3, []),
        (KEY + "," + HEART + ",," + MOON + ",", 3, []),
        (KEY + ', "statement": "The heart is free.", "label": "F"},' + MOON, 2, ["broken JSON"]),
        (KEY + "," + HEART[:-1] + "," + MOON, 2, ["broken JSON"]),
        # two texts of one entry
        ('{"question": "Is it?", "statement": "The heart is free.", "label": "F"},' + MOON + ",", 2, []),
    ],
)
def test_a_damaged_entry_is_a_fault_and_takes_no_other_with_it(reply: str, read: int, faults: list[str]) -> None:
    parsed = parse_statements('{"statements": [' + reply + "]")
    assert len(parsed.statements) == read
    assert [each.reason for each in parsed.faults] == faults


def test_entries_of_a_whole_reply_that_are_no_statements_are_faults() -> None:
    odd = json.dumps({"statements": [json.loads(KEY), "The heart is free.", {"statment": "x", "label": "T"}, None]})
    parsed = parse_statements(odd)
    assert len(parsed.statements) == 1 and [each.reason for each in parsed.faults] == [
        "no label",
        "no text",
        "no label",
    ]


@pytest.mark.parametrize(
    ("end", "read", "faults"),
    [
        (',{"statement": "The heart', 1, ["cut off"]),
        (',{"statement": "The heart is free.", "label": "F"', 1, ["cut off"]),
        (',{"statement": "The heart is free.", "label": "F"}', 2, []),
        (',{"statement": "The heart is free.", "label": "F"},', 2, []),
        (',{"statement": "The heart is free.", "label": "F"},{"sta', 2, ["cut off"]),
        (',{"stat', 1, ["cut off"]),
    ],
)
def test_of_json_that_was_cut_off_only_what_is_not_whole_is_left_out(end: str, read: int, faults: list[str]) -> None:
    parsed = parse_statements('{"statements": [' + KEY + end, cut_off=True)
    assert len(parsed.statements) == read and [each.reason for each in parsed.faults] == faults


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5), st.data())
def test_no_statement_of_a_damaged_reply_is_lost_without_a_fault(texts: list[str], data: st.DataObject) -> None:
    whole = json.dumps({"statements": [{"statement": f"It is {text}", "label": "F"} for text in texts]})
    place = data.draw(st.integers(0, len(whole)))
    damaged = whole[:place] + data.draw(st.sampled_from(["", '"', "{", "}", ",", "\\", "x", "]"])) + whole[place:]
    damaged = damaged[: data.draw(st.integers(0, len(damaged)))]
    parsed = parse_statements(damaged)
    begun = damaged.count('"statement":')
    assert parsed.failure is not None or len(parsed.statements) + len(parsed.faults) >= begun


def test_numbers_inside_statements_are_no_numbering() -> None:
    (statement,) = parse_statements("[T]: 3 birds sit on a wire of\n1.5 metres.").statements
    assert statement.text == "3 birds sit on a wire of 1.5 metres."


PIECES = st.sampled_from(
    [
        *'TtFf123.:：[]()【】*-\n \t|{}",',
        "True",
        "[F]",
        "1. [T]: ",
        "对",
        "Evidence:",
        "Label: ",
        '"label":',
        "statement",
        "```",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_no_reply_makes_it_raise_and_none_is_success_without_a_statement(reply: str) -> None:
    parsed = parse_statements(reply)
    assert (parsed.failure is None) == bool(parsed.statements)
    assert all(each.text.strip() and each.label in "TF" for each in parsed.statements)


TEXTS = st.text(st.sampled_from("abcXYZ 0189.,;!?'钥匙是红，。é-"), min_size=1, max_size=80).map(
    lambda text: " ".join(text.split())
)
STATEMENTS = st.builds(
    Statement,
    TEXTS.filter(lambda text: text.strip(".,;!?'，。- ") != ""),
    st.sampled_from(["T", "F"]),
    st.sampled_from(LEVELS),
    TEXTS,
)


@given(st.lists(STATEMENTS, min_size=1, max_size=10))
def test_what_is_rendered_is_read_back(statements: list[Statement]) -> None:
    assert parse_statements(render_statements(statements)).statements == tuple(statements)


@given(st.lists(STATEMENTS, min_size=1, max_size=10))
def test_what_is_asked_for_as_json_is_read_back(statements: list[Statement]) -> None:
    entries = [
        {"statement": each.text, "label": each.label, "level": each.level, "evidence": each.evidence}
        for each in statements
    ]
    assert parse_statements(json.dumps({"statements": entries})).statements == tuple(statements)


@pytest.mark.parametrize(
    "reply",
    [
        "[" * 90_000,
        "{" * 90_000,
        '{"a":' * 18_000,
        "1. " * 30_000,
        "[T]: " * 18_000,
        " " * 90_000,
        "*" * 90_000,
        "| T " * 22_000,
        "1. [T]: a" + "\n" * 90_000,
        "Evidence: " * 9_000,
        "- " * 45_000,
        "1. [T " * 15_000,
        '{"statements": "' + "[T] " * 20_000,
    ],
)
def test_no_reply_is_slow_to_read(reply: str) -> None:
    started = time.process_time()
    parse_statements(reply)
    assert time.process_time() - started < 2.0
