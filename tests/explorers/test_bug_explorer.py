"""A riddle that is fair: every answer is judged as the numbers say, and nothing gives it away."""

import doctest
import math
import re

import matplotlib.text
import numpy as np
import pytest
from matplotlib.colors import same_color

from lecture3_engine.explorers import BugExplorer, bug_explorer
from lecture3_engine.explorers.bug_explorer import (
    ANSWERS,
    CASES,
    CHECKED,
    EVIDENCE,
    FAIR,
    HEALTHY,
    LINES,
    NOT_YET,
    PANELS,
    PLACES,
    WIDTH,
    WORDS,
    apart,
    checks,
    contradiction,
    differing,
    highest,
    patterns,
    places,
    wrapped,
)
from lecture3_engine.explorers.bugs import (
    BUGS,
    GUESSING,
    UPDATES,
    batch_of_one,
    code,
    gradient_check,
    gradient_norms,
    run,
)
from lecture3_engine.live import Pointer

each = pytest.mark.parametrize("case", CASES)
BROKEN = [case for case, name in CASES.items() if name != HEALTHY]


@pytest.fixture(scope="module")
def one():
    return BugExplorer()


@pytest.fixture
def explorer(undrawn, one):
    one.reset()
    return one


def parts(explorer):
    """The verdict and the reason, without colors."""
    return [re.sub("<[^>]*>", "", part) for part in explorer.update()]


def buttons(explorer):
    """All that can be pressed, by the name of its axes: ground and words."""
    return explorer.chips | explorer.answers | {"next case": explorer.next}


def texts(explorer):
    """What is written, but for the buttons, which say the same of all cases."""
    on_buttons = [text for _, text in buttons(explorer).values()]
    return [
        text.get_text()
        for axes in explorer.figure.axes
        for text in axes.findobj(matplotlib.text.Text)
        if axes.get_visible() and text.get_visible() and text.get_text() and text not in on_buttons
    ]


def press(explorer, name):
    """Press a button: down, and up again."""
    axes = explorer.axes[f"press {name}"]
    for kind in ("down", "move", "up"):
        explorer._pointed(Pointer(kind, axes, 0.5, 0.5))


def plain(text):
    """A number as it is written, without its minus sign and commas."""
    return float(text.replace("−", "-").replace(",", ""))


# --- cases ---


def test_each_bug_is_a_case_and_the_order_says_nothing():
    assert sorted(CASES.values()) == sorted(BUGS)
    assert list(CASES) == [f"case {number}" for number in range(1, len(BUGS) + 1)]
    assert list(CASES.values()) != list(BUGS)
    assert list(CASES.values()) != sorted(BUGS)
    assert BugExplorer.answer.options["options"][0] == NOT_YET
    assert set(BugExplorer.answer.options["options"][1:]) == set(BUGS)


def test_a_new_case_asks_anew_and_an_answer_shows_the_whole_run(explorer):
    explorer.step = 30
    explorer.answer = HEALTHY
    assert explorer.step == UPDATES
    explorer.evidence = "step lengths"
    explorer.case = "case 2"
    assert (explorer.answer, explorer.tried, explorer.evidence) == (NOT_YET, "", "none")
    explorer.set(answer=HEALTHY, step=30)  # who asks for both gets both
    assert (explorer.answer, explorer.step) == (HEALTHY, 30)


def test_each_case_that_is_solved_is_one_press_away_from_the_next(explorer):
    seen = []
    for _ in CASES:
        before = explorer.case
        press(explorer, "next case")  # it is not there yet
        assert explorer.case == before
        press(explorer, CASES[before])
        press(explorer, "next case")
        seen.append(explorer.case)
    assert sorted(seen) == sorted(CASES)
    assert seen[-1] == "case 1"


def test_each_answer_and_each_kind_of_evidence_can_be_pressed(explorer):
    for name in ANSWERS:
        press(explorer, name)
        assert explorer.answer == name
    for kind in EVIDENCE[1:]:
        press(explorer, kind)
        assert explorer.evidence == kind
        assert look_of(explorer, kind) == "chosen"
    press(explorer, kind)  # a second time: it goes
    assert explorer.evidence == "none"
    assert {look_of(explorer, kind) for kind in EVIDENCE[1:]} == {"closed"}


def look_of(explorer, name):
    ground, text = buttons(explorer)[name]
    (look,) = [
        look
        for look, colors in bug_explorer.LOOKS.items()
        if all(
            map(
                same_color,
                (ground.get_facecolor(), ground.get_edgecolor(), text.get_color()),
                colors,
            )
        )
    ]
    return look


def test_wrong_answers_stay_crossed_out_until_the_next_case(explorer):
    name = CASES[explorer.case]
    wrong = [answer for answer in ANSWERS if answer != name][:3]
    for i, answer in enumerate(wrong, start=1):
        press(explorer, answer)
        for other in ANSWERS:
            expected = "wrong" if other in wrong[:i] else "open"
            assert look_of(explorer, other) == ("wrong now" if other == answer else expected)
            words = buttons(explorer)[other][1].get_text()
            assert words.startswith("✗ ") == (other in wrong[:i])
    assert explorer.tried == "; ".join(wrong)
    assert not any(part.get_visible() for part in explorer.next)
    press(explorer, "step lengths")
    press(explorer, name)
    assert look_of(explorer, name) == "chosen"
    assert buttons(explorer)[name][1].get_text() == f"✓ {name}"
    assert [look_of(explorer, other) for other in wrong] == ["wrong"] * 3
    assert look_of(explorer, "next case") == "next"
    assert all(part.get_visible() for part in explorer.next)
    assert explorer.evidence == "none"  # the wrong line stands there
    press(explorer, "next case")
    assert {look_of(explorer, other) for other in ANSWERS} == {"open"}


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("form", ["wide", "medium", "narrow"])
def test_no_part_lies_on_another_or_leaves_the_picture(form, beside, explorer):
    size = explorer.figure.forms[form]
    found = places(form, size.width, size.height, beside)
    assert set(found) >= {f"press {name}" for name in buttons(explorer)} | {"loss", "right"}
    if not beside:
        assert found.pop("evidence")[1] + size.height <= 0
    boxes = [np.array([x, y, x + w, y + h]) for x, y, w, h in found.values()]
    for i, one in enumerate(boxes):
        assert (one > -1e-9).all()
        assert one[2] <= size.width + 1e-9
        assert one[3] <= size.height + 1e-9
        for other in boxes[:i]:
            across, along = np.minimum(one, other)[2:] - np.maximum(one, other)[:2]
            assert across < 1e-9 or along < 1e-9


# --- answers ---


@each
def test_the_right_answer_is_accepted_and_no_other(case, explorer):
    name = CASES[case]
    explorer.case = case
    for answer in BUGS:
        explorer.answer = answer
        verdict, reason = parts(explorer)
        if answer == name:
            assert verdict == f"Right: {name}."
            assert reason == BUGS[name].evidence
        else:
            assert verdict == "Not this one."
            assert reason == contradiction(answer, name)
            assert len(reason) <= 160


@each
def test_what_contradicts_an_answer_is_seen_in_this_run_and_not_in_one_with_that_bug(case):
    name = CASES[case]
    seen = patterns(name)
    for answer in set(BUGS) - {name}:
        expected, told = patterns(answer), contradiction(answer, name)
        there, here = re.fullmatch(
            r"(?:In a healthy run|With “.*?”) (.*)\. Here (.*)\.", told
        ).groups()
        assert (answer == HEALTHY) == told.startswith("In a healthy run")
        assert answer == HEALTHY or f"“{answer}”" in told
        (key,) = [key for key in WORDS if WORDS[key].get(expected[key]) == there]
        assert WORDS[key][seen[key]] == here != there
        # the first of all that differ: what needs no evidence comes before what does
        before = list(seen)[: list(seen).index(key)]
        assert all(expected[other] == seen[other] for other in before)


def test_there_are_words_for_each_pattern_and_no_other():
    found = {key: {patterns(name)[key] for name in BUGS} for key in patterns(HEALTHY)}
    assert found == {key: set(words) for key, words in WORDS.items()}
    for words in WORDS.values():
        assert len(set(words.values())) == len(words)


def stretch(result):
    """How long each step is by its gradient, compared with the first one; all norms but NaN."""
    total = bug_explorer.lengths(result.name)
    with np.errstate(all="ignore"):
        ratio = total["step"][1:] / total["gradient"][1:]
        return ratio / ratio[0]


def goes(result):
    loss = result.loss
    if not np.isfinite(loss[-1]):
        return f"{'rises' if loss[1] > loss[0] else 'falls'}, then explodes"
    if any(loss[i] > 1.2 * loss[:i].min() for i in range(1, len(loss))):
        return "jumps up"
    if loss[-1] > 0.95 * loss[0]:
        return "stays flat"
    return "falls to almost 0" if loss[-1] < 0.1 else "falls slowly"


# What the words of WORDS claim, measured.
CLAIMS = {
    "the first batch has the loss of guessing, 2.3": lambda r: abs(r.batch_losses[0] - 2.3) < 0.05,
    "the loss of the first batch is 40 times that of guessing": lambda r: (
        r.batch_losses[0] == pytest.approx(40 * GUESSING, rel=0.03)
    ),
    "the loss starts far above that of guessing": lambda r: r.loss[0] > 5 * GUESSING,
    "new digits do no better than by guessing": lambda r: r.held_out_accuracy[-1] < 0.15,
    "new digits do about as well as training digits": lambda r: (
        r.held_out_accuracy[-1] > r.train_accuracy[-1] - 0.25
    ),
    "the first step has no length at all": lambda r: bug_explorer.lengths(r.name)["step"][1] == 0,
    "the first step goes uphill": lambda r: r.downhill[1] < -0.99,
    "the first step is next to nothing": lambda r: (
        0
        < bug_explorer.lengths(r.name)["step"][1]
        < 1e-5 * bug_explorer.lengths(r.name)["weights"][0]
    ),
    "the first step is huge, compared with the weights": lambda r: (
        bug_explorer.lengths(r.name)["step"][1] > 0.1 * bug_explorer.lengths(r.name)["weights"][0]
    ),
    "the first step is short and goes downhill": lambda r: (
        r.downhill[1] > 0.99 and bug_explorer.lengths(r.name)["step"][1] < 0.03
    ),
    "no step has any length": lambda r: not bug_explorer.lengths(r.name)["step"].any(),
    "the steps outgrow their gradients": lambda r: np.nanmax(stretch(r)) > 1.6,
    "each step stays in proportion to its gradient": lambda r: (
        stretch(r) == pytest.approx(1, rel=1e-3)
    ),
    "all hidden outputs are 0 at the start": lambda r: r.zeros[0] == 1,
    "about half of the hidden outputs are 0 at the start": lambda r: 0.4 < r.zeros[0] < 0.6,
    "none of the hidden outputs is 0": lambda r: not r.zeros.any(),
    "the first layer has a gradient": lambda r: r.gradients["0.kernel"][1] > 0,
    "the gradient of the first layer is 0": lambda r: r.gradients["0.kernel"][1] == 0,
    "the first layer has no gradient": lambda r: math.isnan(r.gradients["0.kernel"][1]),
    "the gradient check agrees": lambda r: gradient_check(r.name, 10).passed,
    "the gradient check fails": lambda r: not gradient_check(r.name, 10).passed,
    "one digit alone is learned": lambda r: batch_of_one(r.name).passed,
    "not even one digit is learned": lambda r: not batch_of_one(r.name).passed,
}


@each
def test_the_words_of_each_pattern_are_true(case):
    result = run(CASES[case])
    for key, pattern in patterns(CASES[case]).items():
        words = WORDS[key][pattern]
        if key == "loss":
            assert words.removesuffix(" on its way") == f"the loss {goes(result)}"
        else:
            assert CLAIMS[words](result), words


# --- before there is an answer ---


@each
def test_nothing_gives_it_away(case, explorer):
    name = CASES[case]
    for evidence in EVIDENCE:
        for answer in (NOT_YET, next(bug for bug in BUGS if bug != name)):
            explorer.set(case=case, evidence=evidence, answer=answer, tried="", step=UPDATES)
            said = [*parts(explorer), *texts(explorer), repr(explorer), explorer.live.label]
            # a button looks as all others do, but for the answer that was given
            assert {look_of(explorer, other) for other in {*ANSWERS} - {answer}} == {"open"}
            # as a whole, and in the words of a line: not "loss" or "digits", which are seen
            for words in {name, BUGS[name].evidence, *code(name).splitlines()} - {""}:
                assert not any(words in text for text in said), words
            assert not explorer.paper.get_visible()
            assert not any(line.get_visible() for line in explorer.twins)


@each
@pytest.mark.parametrize("step", [0, 1, 3, 7, 20, 60, 125, 200])
def test_what_is_said_before_an_answer_is_what_is_shown(case, step, explorer):
    explorer.set(case=case, step=step)
    result = run(CASES[case])
    verdict, reason = parts(explorer)
    at = np.flatnonzero(result.updates <= step)[-1]
    if step == 0:
        assert verdict == "Press Play: is anything wrong?"
        shown, guessing = map(
            float, re.search(r"loss ([\d.]+), where.* ([\d.]+)\.", reason).groups()
        )
        assert shown == pytest.approx(result.loss[0], rel=1e-2)
        assert guessing == pytest.approx(math.log(10), abs=0.005)
        return
    if np.isfinite(result.loss[at]):
        train, new = map(float, re.findall(r"(\d+)%", reason))
        assert train == pytest.approx(100 * result.train_accuracy[at], abs=0.51)
        assert new == pytest.approx(100 * result.held_out_accuracy[at], abs=0.51)
        explorer.evidence = "dead units"
        zeros, dead = map(float, re.findall(r"(\d+)%", parts(explorer)[1]))
        assert zeros == pytest.approx(100 * result.zeros[at], abs=0.51)
        assert dead == pytest.approx(100 * result.dead[at], abs=0.51)
        explorer.evidence = "step lengths"
        (share,) = re.findall(r"(\S+)%", parts(explorer)[1])
        of = [
            np.sqrt(np.nansum([norm[at] ** 2 for norm in norms.values()]))
            for norms in (result.steps, result.weights)
        ]
        assert plain(share) == pytest.approx(100 * of[0] / of[1], rel=0.03, abs=1e-12)
    else:
        assert "too big for a number" in reason
        update = int(re.search(r"; at update (\d+)", reason)[1])
        assert update == result.updates[~np.isfinite(result.loss)][0] <= step
    if step == UPDATES:
        what = "Anything wrong?" if goes(result) == "falls to almost 0" else "What is wrong?"
        assert verdict == f"The loss {goes(result)}. {what}"
        return
    ratio = result.loss[at] / result.loss[0]
    assert (
        verdict
        == {
            "explodes": "So far, the loss explodes.",
            "above": "So far, the loss is above its start.",
            "same": "So far, the loss has hardly moved.",
            "below": "So far, the loss has fallen.",
        }[
            "explodes"
            if not ratio <= 100
            else "above"
            if ratio > 1.02
            else "below"
            if ratio <= 0.98
            else "same"
        ]
    )


@each
def test_verdicts_are_short_and_never_said_twice(case, explorer):
    for evidence in EVIDENCE:
        for step in (0, 1, 50, UPDATES):
            for answer in (NOT_YET, *BUGS):
                explorer.set(case=case, evidence=evidence, answer=answer, step=step)
                verdict, reason = parts(explorer)
                assert len(verdict.split()) <= 8, verdict
                assert verdict[-1] in ".?"
                assert reason[-1] == "."
                assert verdict not in reason
                assert reason == reason.strip()
                for word in ("nan", "inf", "λ", "-0."):
                    assert word not in reason


# --- what is drawn ---


@each
def test_the_curves_are_those_of_the_run_up_to_this_update(case, explorer):
    result = run(CASES[case])
    for step in (0, 4, 37, 79, UPDATES):  # at 79 one batch is no number and the mean still is
        explorer.set(case=case, step=step)
        known = (result.updates <= step) & np.isfinite(result.loss)
        for evidence, curves in (
            (
                "dead units",
                ((explorer.zeros, result.zeros), (explorer.dead, result.dead)),
            ),
            (
                "none",
                ((explorer.train, result.train_accuracy), (explorer.new, result.held_out_accuracy)),
            ),
        ):
            explorer.evidence = evidence
            for line, record in curves:
                assert line.get_visible()
                np.testing.assert_array_equal(line.get_xdata(), result.updates[known])
                np.testing.assert_allclose(line.get_ydata(), 100 * record[known])
        assert not explorer.zeros.get_visible()
        # between the two kinds of digits
        train, new = explorer.train.get_ydata(), explorer.new.get_ydata()
        outline = explorer.gap.get_xy()[: 2 * len(train), 1]
        np.testing.assert_array_equal(outline, [*train, *new[::-1]])
        loss = np.clip(result.loss[known], 0, 1000)
        np.testing.assert_allclose(explorer.loss.get_ydata(), loss)
        np.testing.assert_allclose(explorer.now.get_ydata(), loss[-1:])
        gone = step >= 1 and not np.isfinite(result.loss[result.updates <= step]).all()
        assert explorer.now.get_marker() == ("^" if gone or result.loss[known][-1] > 1000 else "o")
        batches = explorer.batches.get_ydata()
        made = np.nan_to_num(result.batch_losses[: len(batches)], nan=np.inf, posinf=np.inf)
        np.testing.assert_allclose(batches, np.clip(made, 0, 1000))
        assert not any("none" in text.get_text() for text in explorer.loss_names)
        if not gone:
            assert len(batches) == step
        explorer.evidence = "step lengths"
        total = np.sqrt(sum(norm[known][-1] ** 2 for norm in result.weights.values()))
        np.testing.assert_allclose(
            explorer.lengths["weights"].get_ydata()[-1], np.clip(total, 1e-4, 100), rtol=1e-6
        )


@each
def test_the_axis_of_the_loss_ends_where_the_run_needs_it_to(case, explorer):
    result = run(CASES[case])
    losses = np.nan_to_num([*result.loss, *result.batch_losses], nan=np.inf, posinf=np.inf)
    for step in (0, 20, UPDATES):
        explorer.set(case=case, step=step)
        top = explorer.axes["loss"].get_ylim()[1]
        assert top == highest(CASES[case])
        assert (top == FAIR) == (losses.max() <= 3)
        assert explorer.axes["loss"].get_yscale() == ("linear" if top == FAIR else "symlog")
        assert {part.get_visible() for part in explorer.far} == {top > FAIR}
        if top > FAIR:
            assert top == 1000 or top / 10 < losses.max() <= top


@each
def test_the_weights_are_those_of_the_run_beside_those_of_another_healthy_one(case, explorer):
    explorer.set(case=case, step=119, evidence="weight pictures")
    kernels = run(CASES[case]).kernels[100]
    assert "update 100" in explorer.update_of.get_text()
    if not np.isfinite(kernels).all():
        assert not explorer.pictures.get_visible()
        assert explorer.lost.get_visible()
        return
    assert explorer.pictures.get_visible()
    shown = np.ma.filled(explorer.pictures.get_array(), np.nan)
    np.testing.assert_array_equal(shown[:28, 30:58], kernels[1])
    np.testing.assert_array_equal(shown[30:58, 60:88], kernels[5])
    np.testing.assert_array_equal(shown[:28, 98:126], run(HEALTHY, seed=1).kernels[100][0])
    assert np.isnan(shown[:, 88:98]).all()
    # a run in which nothing is wrong does not give itself away
    assert not any(np.array_equal(shown[:28, 98:126], kernel) for kernel in kernels)


@pytest.mark.parametrize("case", BROKEN)
def test_the_wrong_lines_stand_above_the_right_ones(case, explorer):
    name = CASES[case]
    explorer.set(case=case, answer=name)
    rows = [[text.get_text() for text in row] for row in explorer.lines]
    rows = [row for row in rows if any(row)]
    right = next(i for i, row in enumerate(rows) if row[0] == "✓")
    assert rows[0][0] == "✗"
    assert {row[0] for i, row in enumerate(rows) if i not in (0, right)} <= {""}
    for shown, expected in ((rows[:right], BUGS[name].wrong), (rows[right:], BUGS[name].right)):
        # one over the other: each sign of the line is in one of the two, and a blank in the other
        over = ["".join(map(max, plain, bold)) for _, plain, bold in shown]
        assert "".join("".join(over).split()) == "".join(expected.split())
        assert max(map(len, over)) <= WIDTH
    bold = "".join(row[2] for row in rows).strip()
    assert 0 < len(bold.replace(" ", "")) < 60
    heights = [text.get_position()[1] for _, text, _ in explorer.lines[: len(rows)]]
    assert (np.diff(heights) < -10).all()
    assert explorer.paper.get_visible()
    # a healthy run is laid beside it
    np.testing.assert_array_equal(explorer.twins[0].get_ydata(), run(HEALTHY).loss)
    assert all(line.get_visible() == line.axes.get_visible() for line in explorer.twins)
    assert sum(line.get_visible() for line in explorer.twins) == 3
    for evidence, lines in ("step lengths", 3), ("dead units", 1):
        explorer.evidence = evidence
        assert not explorer.paper.get_visible()
        seen = [line for line in explorer.twins if line.get_visible()]
        assert sum(line.axes is explorer.axes[PANELS[evidence]] for line in seen) == lines


def test_of_a_healthy_run_no_line_is_wrong(explorer):
    (case,) = set(CASES) - set(BROKEN)
    explorer.set(case=case, answer=HEALTHY)
    assert not explorer.paper.get_visible()
    assert not any(text.get_text() for row in explorer.lines for text in row)


def test_all_lines_of_all_bugs_have_room():
    for bug in BUGS.values():
        sides = differing(wrapped(bug.wrong), wrapped(bug.right))
        assert sum(map(len, sides)) <= LINES or bug.name == HEALTHY


# --- evidence ---


@each
def test_the_gradient_check_shows_both_numbers_at_both_updates(case, explorer):
    name = CASES[case]
    explorer.set(case=case, evidence="gradient check")
    verdict, reason = parts(explorer)
    found = [gradient_check(name, update) for update in CHECKED]
    assert found == checks(name)
    for i, check in enumerate(found):
        for row, key in ((2 * i, "analytic"), (2 * i + 1, "numerical")):
            shown = explorer.values[row].get_text()
            if shown == "none":
                assert run(name).gradients["0.kernel"][10] != 0  # there is none at all
                assert key == "analytic"
            else:
                assert plain(shown) == pytest.approx(check.numbers[key], rel=0.01)
        assert explorer.marks[i].get_text() == ("✓ agree" if check.passed else "✗ differ")
    assert ("fails" in verdict) is not found[-1].passed
    assert ("agrees" in verdict) is found[0].passed
    assert reason == found[-1].sentence.replace("-", "−")


@each
@pytest.mark.parametrize("step", [0, 12, 200])
def test_gradient_norms_are_those_of_the_run(case, step, explorer):
    name = CASES[case]
    explorer.set(case=case, evidence="gradient norms", step=step)
    verdict, reason = parts(explorer)
    result = run(name)
    at = np.flatnonzero(result.updates <= max(step, 1))[-1]
    if not np.isfinite(result.loss[at]):
        assert verdict == "The gradients are no longer numbers."
        return
    norms = gradient_norms(name, max(step, 1)).numbers
    for key, what, value in zip(norms, explorer.whats, explorer.values, strict=True):
        assert what.get_text() == PLACES[key]
        if math.isnan(norms[key]):
            assert value.get_text() == "none"
        elif 0 < norms[key] < 1e-7:
            assert value.get_text() == "almost 0"
        else:
            # Three digits, and below 0.001 two. A run that jumps ends at other numbers with another
            # number of BLAS threads: at some of them the second digit is all there is.
            digits = 0.05 if norms[key] < 1e-3 else 0.005
            assert plain(value.get_text()) == pytest.approx(norms[key], rel=digits, abs=0)
    some = sum(norm > 0 for norm in norms.values())
    assert verdict == (
        "All four parameters have a gradient."
        if some == 4
        else f"Missing or 0: {4 - some} of 4 gradients."
    )
    for key, norm in norms.items():
        if some < 4:
            words = f"{PLACES[key]} {'none' if math.isnan(norm) else 0}"
            assert (words in reason) == (not norm > 0)


@each
def test_a_batch_of_one_is_told_as_it_went(case, explorer):
    name = CASES[case]
    explorer.set(case=case, evidence="batch of one")
    verdict, reason = parts(explorer)
    found = batch_of_one(name)
    assert (verdict == "One digit alone is learned.") is found.passed
    assert explorer.marks[0].get_text().startswith("✓" if found.passed else "✗")
    first, last = re.search(r"from loss (\S+) to (.+) in 30", reason).groups()
    assert plain(first) == pytest.approx(found.numbers["first"], rel=0.01)
    if found.numbers["last"] >= 1e4:
        assert last == "> 9,999"
    elif last == "almost 0":
        assert 0 < found.numbers["last"] < 1e-7
    else:
        assert plain(last) == pytest.approx(found.numbers["last"], rel=0.01, abs=1e-6)


# --- parts ---


def test_names_never_lie_over_one_another():
    rng = np.random.default_rng(0)
    for _ in range(100):
        heights = rng.choice([0, 0.05, 0.5, 0.97, 1], size=rng.integers(1, 5)) + rng.random() / 50
        placed = np.sort(apart(np.minimum(heights, 1), 0.19))
        assert (np.diff(placed) > 0.1899).all()
        assert placed[-1] <= 0.97
        assert placed[0] >= -1e-9


def test_examples():
    result = doctest.testmod(bug_explorer)
    assert result.failed == 0
    assert result.attempted == 7


def test_names_that_give_way_to_others_come_back_to_their_places():
    """What the recorder keeps of a text holds only as long as the text stays where it is."""
    explorer = BugExplorer()
    for step in (0, 1, 3):
        explorer.step = step
    explorer.reset()
    scratch = BugExplorer()
    assert explorer.live.frame == scratch.live.frame
