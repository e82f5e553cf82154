from asterism.core.results.prediction import Key, Prediction
from asterism.evaluate.agreement import agreement


def said(**by_id: Prediction) -> dict[Key, Prediction]:
    return {prediction.key: prediction for prediction in by_id.values()}


def test_completions_are_the_same_by_token_ids_or_by_text_where_these_are_unknown() -> None:
    a = said(
        one=Prediction("one", 0, "T", token_ids=(3, 1)),
        two=Prediction("two", 0, "T", token_ids=(3, 1)),
        three=Prediction("three", 0, "T", token_ids=(3, 1)),
        four=Prediction("four", 0, "T"),
        five=Prediction("five", 0, "", "late"),
        six=Prediction("six", 0, "T"),
    )
    b = said(
        one=Prediction("one", 0, "T", token_ids=(3, 1)),
        two=Prediction("two", 0, "T", token_ids=(3, 3, 1)),  # two spellings of one text
        three=Prediction("three", 0, "T"),
        four=Prediction("four", 0, "F", token_ids=(4, 1)),
        five=Prediction("five", 0, ""),
        seven=Prediction("seven", 0, "T"),
    )
    found = agreement(a, b)
    assert (found.compared, found.by_tokens, found.same) == (4, 2, 2)
    assert found.differing == (("four", 0), ("two", 0))
    assert found.as_json() == {"compared": 4, "by_tokens": 2, "same": 2, "differing": [["four", 0], ["two", 0]]}
    assert agreement({}, b).as_json()["compared"] == 0
