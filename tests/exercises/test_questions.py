"""Questions: each choice explained, one right, and readable where nothing runs."""

import re

import pytest
from frontend import displayed

from build_notebooks import WIDGET_VIEW, strip_views
from lecture3_engine import exercises
from lecture3_engine.exercises import Prediction, Question, Questions
from lecture3_engine.exercises.question import QuestionsWidget
from lecture3_engine.live.stored import MARK

ROOMS = [
    name
    for name in exercises.__all__
    if name.islower() and name not in ("check", "start_here", "terms")
]
SHOWN = {
    f"{room}.{kind}": getattr(getattr(exercises, room), kind)
    for room in ROOMS
    for kind in ("prediction", "questions")
}
SHOWN["terms.quiz"] = exercises.terms.quiz
SHOWN["start_here.prediction"] = exercises.start_here.prediction
EACH = [(place, question) for place, shown in SHOWN.items() for question in shown.questions]

TERMS = """training loop, batches, optimizer, loss function, gradient, gradient descent,
stochastic gradient descent, learning rate, number of iterations, momentum, back propagation,
convergence, global minimum, local minimum"""


def test_ten_notebooks_have_a_prediction_and_questions():
    assert len(ROOMS) == 10
    for room in ROOMS:
        module = getattr(exercises, room)
        assert isinstance(module.prediction, Prediction)
        assert 2 <= len(module.prediction.questions[0].choices) <= 3
        assert 2 <= len(module.questions.questions) <= 3


def test_the_quiz_asks_for_all_fourteen_terms_in_the_order_of_the_lecture():
    asked = [question.term.partition(" (")[0] for question in exercises.terms.quiz.questions]
    assert asked == [term.strip() for term in TERMS.split(",")]
    assert all(
        re.search(r"\(notebooks? \d\d", question.term)
        for question in exercises.terms.quiz.questions
    )


@pytest.mark.parametrize("place, question", EACH)
def test_each_choice_has_an_explanation_of_its_own(place, question):
    explanations = list(question.choices.values())
    assert len(set(explanations)) == len(explanations)
    for choice, explanation in question.choices.items():
        assert explanation.rstrip()[-1] in ".!?)"
        assert question.explain(choice).startswith(
            "Right." if choice == question.right else "Not quite."
        )
    assert question.text.count("`") % 2 == 0
    assert all(text.count("`") % 2 == 0 for pair in question.choices.items() for text in pair)


def test_the_right_answer_is_not_always_in_the_same_place():
    for shown in ([question for _, question in EACH], exercises.terms.quiz.questions):
        places = [list(question.choices).index(question.right) for question in shown]
        assert min(places.count(place) for place in (0, 1, 2)) >= len(places) / 5
    # nor is it always the longest
    longest = sum(question.right == max(question.choices, key=len) for _, question in EACH)
    assert longest <= 0.6 * len(EACH)


@pytest.mark.parametrize("pick", [min, max])
def test_who_picks_by_length_does_not_pass_the_quiz(pick):
    questions = exercises.terms.quiz.questions
    assert sum(q.right == pick(q.choices, key=len) for q in questions) <= len(questions) / 2


@pytest.mark.parametrize("place", SHOWN)
def test_what_is_stored_is_readable_stable_and_keeps_its_answers_folded(place):
    data, metadata = displayed(SHOWN[place])
    output = {"output_type": "execute_result", "metadata": metadata, "data": dict(data)}
    strip_views({"cells": [{"outputs": [output]}], "metadata": {}})
    assert set(output["data"]) == {"text/plain", "text/html"}
    assert "0x" not in str(output["data"])
    assert displayed(SHOWN[place])[0]["text/html"] == data["text/html"]
    for question in SHOWN[place].questions:
        assert question.text.replace("`", "") in data["text/plain"]
        assert not any(
            explanation in data["text/plain"] for explanation in question.choices.values()
        )
    assert (
        data["text/html"].count("<details>")
        == data["text/html"].count("</details>")
        == len(SHOWN[place].questions)
    )
    visible = re.sub("<details>.*?</details>", "", data["text/html"])
    assert "Right." in data["text/html"]
    assert "Right." not in visible
    assert "Not quite." not in visible


def small(cls=Questions):
    choices = {"`a`": "a is wrong.", "b": "b is right."}
    if cls is Prediction:
        return Prediction("Which?", choices, right="b")
    return Questions(Question("Which?", choices, right="b"), Question("And?", choices, right="`a`"))


def test_the_stored_text():
    assert repr(small()) == "1. Which?\n  A  a\n  B  b\n\n2. And?\n  A  a\n  B  b"
    assert repr(small(Prediction)) == "Which?\n  A  a\n  B  b"
    assert "<b>A</b>&ensp;<code>a</code>" in displayed(small())[0]["text/html"]


def test_the_score_counts_first_choices():
    questions = small()
    assert questions.score == 0
    questions.widget.first = [1, -1]
    assert questions.score == 1
    questions.widget.first = [1, 0]
    assert questions.score == 2
    questions.widget.first = [0, 0]
    assert questions.score == 1


def test_a_prediction_is_answered_later():
    prediction = small(Prediction)
    assert prediction.widget.later
    assert not small().widget.later
    assert "b is right." not in str(prediction.answer())
    prediction.widget.chosen = [1]
    assert prediction.answer().message.passed
    assert "You predicted it" in str(prediction.answer())
    prediction.widget.chosen = [0]
    assert (
        str(prediction.answer())
        == "✗ You predicted A, and it is B, b\nA: a is wrong.\nB: b is right."
    )


def test_an_answer_that_is_shown_opens_with_the_prediction_and_not_before():
    """Also after Run All, and when the learner changes the prediction."""
    prediction = small(Prediction)
    answer = prediction.answer()
    shown = answer.widget
    assert displayed(answer)[0][WIDGET_VIEW]["model_id"] == shown.model_id
    assert "Predict first" in shown.value
    assert "is right" not in shown.value
    prediction.widget.chosen = [0]
    assert "You predicted A, and it is B" in shown.value
    prediction.widget.chosen = [1]
    assert "You predicted it" in shown.value
    assert prediction.answer().widget is shown  # a cell that is run again makes no other


def test_an_answer_follows_its_prediction_after_all_widgets_were_closed():
    prediction = small(Prediction)
    closed = prediction.answer().widget
    closed.close()
    prediction.widget.close()
    shown = prediction.answer().widget
    assert shown is not closed
    prediction.widget.chosen = [1]
    assert "You predicted it" in shown.value


def test_a_stored_answer_is_closed():
    """A reader without a kernel sees the summary of a fold; the plain text holds no answer."""
    data, metadata = displayed(small(Prediction).answer())
    assert "b is right" not in data["text/plain"]
    assert re.fullmatch(
        "<details><summary>[^<]+</summary>.*b is right.*</details>", data["text/html"]
    )
    assert metadata[MARK]


def test_questions_can_be_shown_again_after_all_widgets_were_closed():
    questions = small()
    questions.widget.chosen, questions.widget.first = [0, 1], [1, 1]
    score = questions.score
    questions.widget.close()
    assert WIDGET_VIEW in str(displayed(questions))
    assert questions.widget.chosen == [0, 1]
    assert questions.score == score


def test_widgets_are_made_when_they_are_shown(monkeypatch):
    made = []

    def make(**traits):
        made.append(QuestionsWidget(**traits))
        return made[-1]

    monkeypatch.setattr("lecture3_engine.exercises.question.QuestionsWidget", make)
    questions = small()
    assert not made
    view = displayed(questions)[0][WIDGET_VIEW]
    assert made == [questions.widget]
    assert view["model_id"] == questions.widget.model_id


@pytest.mark.parametrize(
    "choices, right",
    [({"a": "x.", "b": "y."}, "c"), ({"a": "x."}, "a"), ({"a": "x.", "b": " "}, "a")],
)
def test_a_question_that_cannot_be_asked(choices, right):
    with pytest.raises(ValueError, match="expected"):
        Question("Which?", choices, right)
