from collections import Counter
from functools import cache

import pytest

from asterism.core.task import Task
from asterism.evaluate.options import constants
from asterism.metaphor.data import SceneSource, scene_tasks
from asterism.metaphor.scenes.questions import OptionsQuestion, open_answer, open_trace, options_question, options_trace
from asterism.metaphor.scenes.sampling import Split, held_out, sample_scene
from asterism.metaphor.scenes.scene import RELATIONS, Figure, Scene
from asterism.metaphor.scenes.symbols import SYMBOLS

N = 600
SPLITS: tuple[Split, ...] = ("train", "held_out", "all")


@cache
def asked(split: Split) -> list[tuple[Scene, OptionsQuestion]]:
    scenes = [sample_scene(2, split, index) for index in range(N)]
    return [(scene, options_question(scene, split, 2, split, index)) for index, scene in enumerate(scenes)]


def sentence(subject: str, relation: str, object_: str) -> str:
    """What a triple implies, as an option says it."""
    words = f"{SYMBOLS[subject].concept} {RELATIONS[relation].meaning} {SYMBOLS[object_].concept}."
    return words[0].upper() + words[1:]


@pytest.mark.parametrize("split", SPLITS)
def test_six_different_options_of_which_exactly_one_is_right(split: Split) -> None:
    for scene, question in asked(split):
        assert len(set(question.options)) == 6
        right = sentence(*scene.triple)
        assert question.options.count(right) == 1
        assert question.options["ABCDEF".index(question.answer)] == right


def test_options_are_both_role_orders_of_three_relations() -> None:
    for scene, question in asked("all"):
        subject, _, object_ = scene.triple
        pairs = [
            name
            for name in RELATIONS
            if {sentence(subject, name, object_), sentence(object_, name, subject)} <= set(question.options)
        ]
        assert len(pairs) == 3
        assert scene.relation in pairs


def test_training_options_name_no_held_out_triple() -> None:
    for scene, question in asked("train"):
        subject, _, object_ = scene.triple
        for name in RELATIONS:
            if held_out((subject, name, object_)):
                assert sentence(subject, name, object_) not in question.options


@pytest.mark.parametrize("split", SPLITS)
def test_letters_are_uniform(split: Split) -> None:
    counts = Counter(question.answer for _, question in asked(split))
    chi_square = sum((counts[letter] - N / 6) ** 2 / (N / 6) for letter in "ABCDEF")
    assert chi_square < 20.5  # 5 degrees of freedom, p = 0.001


def test_blind_rules_stay_near_chance() -> None:
    source = SceneSource(count=N, kinds=("mcq",), split="held_out", seed=4)
    tasks: list[Task] = list(scene_tasks(source))
    blind = constants(tasks)
    margin = 3 * (1 / 6 * 5 / 6 / N) ** 0.5
    assert blind.chance == pytest.approx(1 / 6)
    assert abs(blind.longest - 1 / 6) < margin
    assert blind.by_letter[blind.most_frequent] < 1 / 6 + margin


def test_the_commonest_word_gives_nothing_away() -> None:
    """Options that repeat the words of the right one would let a reader pick the centre of the six."""
    hits = 0.0
    for _, question in asked("all"):
        words = Counter(word for option in question.options for word in option.lower().rstrip(".").split())
        scores = [sum(words[word] for word in option.lower().rstrip(".").split()) for option in question.options]
        best = [letter for letter, score in zip("ABCDEF", scores, strict=True) if score == max(scores)]
        hits += (question.answer in best) / len(best)
    assert abs(hits / N - 1 / 6) < 3 * (1 / 6 * 5 / 6 / N) ** 0.5


def test_answers_and_traces_of_a_scene() -> None:
    scene = Scene(Figure("key", "red"), "grows from", Figure("heart", "blue"), "sky")
    assert open_answer(scene) == "Opportunity springs from love."
    seen = "I see key red that grows from heart blue, background sky."
    assert open_trace(scene) == f"<think>{seen}</think><answer>opportunity springs from love.</answer>"
    question = OptionsQuestion(("Love springs from opportunity.", "Opportunity springs from love."), "B")
    assert options_trace(scene, question) == (
        f"<think>{seen} So red opportunity springs from blue love. Option B says so.</think><answer>B</answer>"
    )
