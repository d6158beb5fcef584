"""Questions and exercises as a learner meets them in a real JupyterLab."""

import pytest

CELLS = [
    "import lecture3_engine as engine\nfrom lecture3_engine import exercises",
    "exercises.learning_rate.prediction",
    "exercises.learning_rate.questions",
    (
        "def rate_of_change(loss, w, epsilon):\n    return loss(w + epsilon) - loss(w) /"
        " epsilon\n\nengine.exercises.check(rate_of_change)"
    ),
    "def sgd_step(w, inputs, labels, lr):\n    ...\n\nengine.exercises.check(sgd_step)",
    "exercises.learning_rate.prediction.answer()",
]


@pytest.fixture(scope="module")
def page(module_notebook):
    page = module_notebook(CELLS, height=2400)
    page.page.locator(".questions").nth(1).wait_for()
    return page


def question(page, text):
    return page.page.get_by_role("group", name=text)


def test_a_prediction_opens_its_answer_once_it_is_made(page):
    """All cells have been run; the answer's cell waits for the choice all the same."""
    output = page.output(len(CELLS) - 1)
    output.get_by_text("Predict first").wait_for()
    assert "and it is B" not in output.inner_text()
    group = question(page, "large learning rate 1.9")
    group.get_by_role("radio", name="creeps").check()
    reply = group.get_by_role("status")
    assert "You predict A. Keep it in mind" in reply.inner_text()
    assert "It would with" not in reply.inner_text()
    reply.get_by_text("I want to know now").click()
    assert "Not quite. It would with a small lr" in reply.inner_text()
    assert page.kernel("exercises.learning_rate.prediction.widget.chosen") == [0]
    output.get_by_text("You predicted A, and it is B").wait_for()


def test_questions_answer_at_once_and_keep_the_score_by_keyboard_alone(page):
    first = question(page, "you need more epochs")
    first.get_by_role("radio").first.focus()
    page.page.keyboard.press("ArrowDown")  # from nothing chosen to the second choice
    assert "Not quite." in first.get_by_role("status").inner_text()
    page.page.keyboard.press("ArrowUp")
    assert "Right." in first.get_by_role("status").inner_text()
    score = page.page.locator(".question-score")
    assert score.inner_text() == "1 of 3 answered, 0 right at the first try."
    page.page.keyboard.press("Tab")  # to the next question
    page.page.keyboard.press("Space")
    assert "Not quite." in question(page, "curvature λ = 4").get_by_role("status").inner_text()
    question(page, "curvature λ = 4").get_by_role("radio", name="0 < lr < 0.5").check()
    question(page, "validation data").get_by_role("radio", name="has not seen").check()
    assert score.inner_text().startswith("All answered: ")
    assert (
        score.inner_text()
        == f"All answered: {page.kernel('exercises.learning_rate.questions.score')} of 3 right at"
        " the first try."
    )


def test_the_outputs_are_accessible_in_both_themes(page):
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.theme(theme)
        page.page.wait_for_timeout(300)
        assert page.axe() == []


def test_a_saved_notebook_holds_text_and_no_view(page):
    page.save()
    saved = page.lab.read(page.name)
    kinds = [set(output["data"]) for cell in saved.cells for output in cell.outputs]
    assert kinds == [{"text/plain", "text/html"}] * 5
    assert "widgets" not in saved.metadata
    page.lab.forget(page.name)
    page.open()
    page.page.get_by_text("The slide says").wait_for()
    text = page.page.locator(".jp-Notebook").inner_text()
    assert "The slide says: if it doesn't converge" in text
    assert "not tried yet" in text
    assert "Parentheses" in text
    assert "model not found" not in text
    # the answers are folded
    assert "Not quite" not in text
    assert "and it is B" not in text
