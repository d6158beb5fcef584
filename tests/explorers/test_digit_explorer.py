import re

import numpy as np
import pytest
from test_layout import faults

from lecture3_engine import Dense, Sequential
from lecture3_engine.explorers import DigitExplorer
from lecture3_engine.explorers.digit_explorer import (
    ACROSS,
    BOX,
    LEARNING,
    LR,
    MOST,
    NOTHING,
    SIZE,
    TEST,
    TILE,
    TRAIN,
    as_mnist,
    named_picture,
    scores_of,
    shifted,
    trained,
    wish,
)
from lecture3_engine.explorers.digits import train_and_test
from lecture3_engine.live import Pointer

SEVEN = "6,7 10,6.5 15,6.5 21,6 19,11 16,16 14,21 13,25"
ONE = "14,4 14,10 13.5,16 13.5,24"
CROSSED = "5,6 22,6 12,25 / 9,15 20,15"
ZERO = " ".join(
    f"{14 + 6 * np.sin(a):.1f},{14 - 9 * np.cos(a):.1f}" for a in np.linspace(0, 2 * np.pi, 30)
)


@pytest.fixture(scope="module")
def explorer():
    return DigitExplorer()


def test_a_drawing_is_centered_and_scaled_as_mnist_is():
    _, (images, _) = train_and_test(TRAIN, TEST)
    middles = np.arange(SIZE) + 0.5
    for text in (SEVEN, ONE, ZERO, "3,3 4,4.5", "14,14"):
        picture = as_mnist(text)
        assert picture.shape == (SIZE, SIZE)
        assert picture.min() == 0 < picture.max() <= 1
        center = [picture.sum(axis=axis) @ middles / picture.sum() for axis in (0, 1)]
        np.testing.assert_allclose(center, SIZE / 2, atol=0.6)
    for text in (SEVEN, ONE, ZERO):
        used = [np.flatnonzero(as_mnist(text).sum(axis=axis)) for axis in (0, 1)]
        longest = max(np.ptp(part) + 1 for part in used)
        assert BOX - 2 <= longest <= BOX + 2
    # as much ink as the real ones have
    real = np.sort(np.asarray(images, float).sum(axis=1))
    assert real[0] < as_mnist(ONE).sum() < as_mnist(ZERO).sum() < real[-1]


def test_where_and_how_large_it_is_drawn_does_not_matter():
    small = " ".join(
        f"{float(x) / 3 + 2:.3f},{float(y) / 3 + 15:.3f}"
        for x, y in (point.split(",") for point in SEVEN.split())
    )
    np.testing.assert_allclose(as_mnist(small), as_mnist(SEVEN), atol=0.05)


def test_nothing_drawn_is_an_empty_picture():
    assert not as_mnist("").any()


@pytest.mark.parametrize("text, digit", [(SEVEN, 7), (ONE, 1), (ZERO, 0)])
def test_it_reads_what_is_drawn(explorer, text, digit):
    explorer.reset()
    explorer.drawn = text
    assert explorer.live.said[0] == f"It reads a {digit}."
    _, sure = scores_of(trained(), as_mnist(text))
    widths = [bar.get_width() for bar in explorer.bars]
    np.testing.assert_allclose(widths, sure)
    assert sum(widths) == pytest.approx(1)


def test_it_reads_most_test_digits(explorer):
    explorer.reset()
    _, (_, labels) = train_and_test(TRAIN, TEST)
    right = 0
    for digit in range(60):
        explorer.digit = digit
        read = re.search(r"(?:reads a|perhaps a) (\d)", explorer.live.said[0])[1]
        right += int(read) == labels[digit]
    assert right > 50


def test_the_wish_is_the_gradient_of_the_score():
    """Against finite differences, at pixels with some ink and some without."""
    model = trained()
    rng = np.random.default_rng(1)
    pixels = as_mnist(SEVEN)
    pixels = pixels + 0.01 * rng.random(pixels.shape)

    def score(picture, digit):
        first, second = model.layers
        hidden = np.maximum(picture.ravel() @ first.kernel.data + first.bias.data, 0)
        return (hidden.astype(float) @ second.kernel.data + second.bias.data)[digit]

    for digit in (1, 7):
        gradient = wish(model, pixels, digit)
        for y, x in rng.integers(0, SIZE, (20, 2)):
            step = np.zeros((SIZE, SIZE))
            step[y, x] = 1e-4
            rc = (score(pixels + step, digit) - score(pixels - step, digit)) / 2e-4
            assert gradient[y, x] == pytest.approx(rc, rel=2e-3, abs=2e-4)


def test_more_of_what_is_wished_raises_the_score(explorer):
    explorer.reset()
    explorer.set(drawn=SEVEN, wanted="1")
    assert explorer.wish.get_visible()
    assert "raise the score of 1" in explorer.summary
    pixels = as_mnist(SEVEN)
    before = scores_of(trained(), pixels)[1][1]
    after = scores_of(trained(), pixels + 0.1 * np.sign(wish(trained(), pixels, 1)))[1][1]
    assert after > 2 * before


def pointer(explorer, kind, *path):
    x, y = path[-1]
    return Pointer(kind, explorer.paper, x, y, path)


def test_strokes_are_drawn_and_clear_leaves_an_empty_paper(explorer):
    explorer.reset()
    assert explorer.scan.get_visible()
    explorer._pointed(pointer(explorer, "down", (5, 5)))
    explorer._pointed(pointer(explorer, "move", (8, 5), (12, 5.5), (20, 5)))
    explorer._pointed(pointer(explorer, "up", (20, 5)))
    explorer._pointed(pointer(explorer, "down", (12, 10)))
    explorer._pointed(pointer(explorer, "move", (12, 20)))
    assert explorer.drawn == "5,5 8,5 12,5.5 20,5 / 12,10 12,20"
    assert not explorer.scan.get_visible()
    explorer.blank = True
    explorer._pointed(pointer(explorer, "move", (24, 5)))  # a pen that was still down
    explorer._pointed(pointer(explorer, "up", (22, 9)))
    assert (explorer.drawn, explorer.blank) == ("", True)
    assert not explorer.scan.get_array().any()
    assert explorer.live.said[0] == "The paper is empty: draw a digit."
    nothing = scores_of(trained(), np.zeros((SIZE, SIZE)))[1]
    np.testing.assert_array_equal([bar.get_width() for bar in explorer.bars], nothing)
    assert f"{100 * nothing.max():.0f}% for {nothing.argmax()}" in explorer.summary
    explorer.label = "3"  # an empty paper is no digit
    assert explorer.batch == ""
    explorer._pointed(pointer(explorer, "down", (5, 5)))
    assert (explorer.blank, explorer.label) == (False, NOTHING)
    explorer.blank = True
    explorer.digit = 3
    assert not explorer.blank
    assert explorer.scan.get_array().any()


def test_what_it_sees_is_shown_where_it_differs_from_the_paper(explorer):
    explorer.reset()
    assert not explorer.seen.get_visible()
    explorer.wanted = "3"
    assert explorer.seen.get_visible()
    assert explorer.seen_title.get_text() == "Toward a 3"
    explorer.set(wanted=NOTHING, drawn=SEVEN)
    assert explorer.seen.get_visible()
    assert explorer.seen_title.get_text() == "What it sees"
    np.testing.assert_array_equal(explorer.seen.get_array(), as_mnist(SEVEN))


def test_the_units_shown_are_those_that_fire_most(explorer):
    explorer.reset()
    explorer.drawn = SEVEN
    hidden, _ = scores_of(trained(), as_mnist(SEVEN))
    fires = np.sort(hidden)[::-1][: len(explorer.units)]
    assert [text.get_text() for text in explorer.firing] == [f"fires {x:.1f}" for x in fires]
    for unit, number in zip(explorer.units, fires, strict=True):
        (k,) = np.flatnonzero(hidden == number)
        weights = trained().layers[0].kernel.data[:, k].reshape(SIZE, SIZE)
        np.testing.assert_allclose(unit.get_array(), weights / np.abs(weights).max(), rtol=1e-6)


def test_a_test_digit_takes_the_place_of_a_drawing_and_can_be_moved(explorer):
    explorer.reset()
    explorer.drawn = SEVEN
    explorer.digit = 3
    assert explorer.drawn == ""
    _, (images, _) = train_and_test(TRAIN, TEST)
    picture = images[3].reshape(SIZE, SIZE)
    explorer.set(right=3, down=-2)
    np.testing.assert_array_equal(explorer.seen.get_array()[:-2, 3:], picture[2:, :-3])
    np.testing.assert_array_equal(shifted(picture, 0, 0), picture)


def test_it_learns_a_digit_that_it_misreads_and_says_the_price(explorer):
    explorer.reset()
    explorer.set(drawn=ONE, label="4")
    before = scores_of(trained(), as_mnist(ONE))[1][4]
    explorer.learn = LEARNING
    assert [bar.get_width() for bar in explorer.bars][4] > max(0.5, 10 * before)
    assert explorer.live.said[0] == f"After {LEARNING} steps: 1 of 1 right."
    assert price(explorer)[:2] == (TEST, right(trained(), range(TEST)))
    assert price(explorer)[2] < price(explorer)[1]
    explorer.learn = 1
    assert explorer.live.said[0].startswith("After 1 step: ")
    explorer.learn = 0  # and back
    assert [bar.get_width() for bar in explorer.bars][4] == pytest.approx(before)
    # the network that others use has learned nothing
    assert scores_of(trained(), as_mnist(ONE))[1][4] == before


def test_without_a_batch_nothing_is_learned(explorer):
    explorer.reset()
    explorer.set(drawn=ONE, label="1", learn=3)
    assert explorer.batch == ""
    assert explorer.live.said[0] == "No batch yet: nothing to learn."
    np.testing.assert_array_equal(
        [bar.get_width() for bar in explorer.bars], scores_of(trained(), as_mnist(ONE))[1]
    )


# --- wrong answers become a batch ---


def price(explorer):
    """How many other test digits there are, how many were right before, and how many are now."""
    found = re.search(
        r"price, in the (?:other )?(\d+) test digits: (\d+) right before, (\d+) now",
        explorer.summary,
    )
    return tuple(map(int, found.groups()))


def read(model, picture):
    return int(scores_of(model, picture)[1].argmax())


def right(model, numbers):
    _, (images, labels) = train_and_test(TRAIN, TEST)
    return sum(read(model, images[k]) == labels[k] for k in numbers)


def misread(count):
    """The first test digits that are read wrong, with what they are."""
    _, (images, labels) = train_and_test(TRAIN, TEST)
    wrong = [k for k in range(TEST) if read(trained(), images[k]) != labels[k]]
    return [(k, str(labels[k])) for k in wrong[:count]]


def shown_batch(explorer):
    """The labels and marks under the small pictures, in their order."""
    return [
        (label.get_text(), mark.get_text())
        for label, mark in zip(explorer.labels, explorer.marks, strict=True)
        if label.get_visible() and label.get_text()
    ]


def test_what_it_reads_wrong_joins_the_batch_and_what_it_reads_right_does_not(explorer):
    explorer.reset()
    assert not explorer.small.get_visible()
    assert all(unit.get_visible() for unit in explorer.units)
    assert not explorer.controls["learn"].shown  # there is nothing to learn
    explorer.drawn = SEVEN
    explorer.label = "7"
    assert explorer.batch == ""
    assert explorer.live.said[0] == "Right: it does not join the batch."
    explorer.drawn = ONE
    assert explorer.label == NOTHING  # another picture
    explorer.label = "4"
    assert explorer.batch == f"4 = {ONE}"
    assert explorer.live.said[0] == "It reads a 1: wrong, joins the batch."
    assert "The batch has 1 picture." in explorer.summary
    (number, digit), *_ = misread(1)
    explorer.digit = number
    assert explorer.batch == f"4 = {ONE}"  # another picture keeps it
    explorer.label = digit
    assert explorer.batch == f"4 = {ONE}; {digit} = no. {number}"
    assert "The batch has 2 pictures." in explorer.summary
    assert shown_batch(explorer) == [("4", "✗"), (digit, "✗")]
    assert explorer.small.get_visible()
    assert not any(unit.get_visible() for unit in explorer.units)
    assert explorer.controls["learn"].shown
    for place, picture in enumerate((as_mnist(ONE), named_picture(f"no. {number}"))):
        x, y = place % ACROSS * TILE[0], place // ACROSS * TILE[1]
        np.testing.assert_array_equal(
            explorer.small.get_array()[y : y + SIZE, x : x + SIZE], picture
        )


def test_a_label_that_was_a_slip_can_be_put_right(explorer):
    explorer.reset()
    explorer.drawn = ONE
    explorer.label = "4"
    explorer.label = "9"  # the same picture, not a second one
    assert explorer.batch == f"9 = {ONE}"
    explorer.label = "1"
    assert explorer.batch == ""


def test_a_moved_picture_joins_as_it_was_read(explorer):
    explorer.reset()
    explorer.set(digit=2, right=8, down=-3)
    pixels = explorer.seen.get_array()
    wrong = str((read(trained(), pixels) + 1) % 10)
    explorer.label = wrong
    assert explorer.batch == f"{wrong} = no. 2 by 8,-3"
    np.testing.assert_array_equal(named_picture("no. 2 by 8,-3"), pixels)
    explorer.right = 7
    assert explorer.label == NOTHING


def test_the_batch_holds_eight_and_learns_all_of_them(explorer):
    explorer.reset()
    found = misread(MOST + 1)
    for number, digit in found:
        explorer.digit = number
        explorer.label = digit
    assert explorer.batch == "; ".join(f"{d} = no. {k}" for k, d in found[:MOST])
    assert explorer.live.said[0] == "Wrong, but the batch is full."
    assert shown_batch(explorer) == [(digit, "✗") for _, digit in found[:MOST]]
    again = eval(repr(explorer), {"DigitExplorer": DigitExplorer})
    assert again.state == explorer.state
    assert shown_batch(again) == shown_batch(explorer)
    again.close()

    others = set(range(TEST)) - {k for k, _ in found[:MOST]}
    for step in (1, LEARNING, 5):  # there and back: as many steps, whatever came before
        explorer.learn = step
        model = explorer._model
        reads = [read(model, named_picture(f"no. {k}")) == int(d) for k, d in found[:MOST]]
        assert [mark for _, mark in shown_batch(explorer)] == ["✗✓"[ok] for ok in reads]
        assert f": {sum(reads)} of {MOST} right." in explorer.live.said[0]
        assert price(explorer) == (len(others), right(trained(), others), right(model, others))
        if step == LEARNING:
            assert all(reads)
    explorer.set(drawn=SEVEN)  # the network keeps what it learned, for a new drawing
    assert explorer.learn == 5
    np.testing.assert_allclose(
        [bar.get_width() for bar in explorer.bars], scores_of(model, as_mnist(SEVEN))[1]
    )
    explorer.reset()
    assert explorer.batch == ""
    assert explorer.learn == 0
    assert not explorer.small.get_visible()


def test_a_full_batch_fits_every_form(explorer):
    explorer.reset()
    explorer.set(batch="; ".join(f"{d} = no. {k}" for k, d in misread(MOST)), learn=3)
    assert len(shown_batch(explorer)) == MOST
    for form in explorer.live.sizes:
        assert faults(explorer, form) == []


def test_the_steps_are_those_of_gradient_descent_on_the_pictures_and_their_neighbors(explorer):
    """Written out by hand, without the optimizer and without backward."""
    explorer.reset()
    explorer.set(drawn=CROSSED, label="4")
    explorer.set(drawn=ONE, label="9")
    explorer.learn = 2
    w1, b1, w2, b2 = (p.data.astype(float) for p in trained().parameters())
    x = np.stack(
        [
            shifted(as_mnist(text), right, down).ravel()
            for text in (CROSSED, ONE)
            for right in (-1, 0, 1)
            for down in (-1, 0, 1)
        ]
    )
    one_hot = np.eye(10)[[4] * 9 + [9] * 9]
    for _ in range(2):
        hidden = np.maximum(x @ w1 + b1, 0)
        scores = hidden @ w2 + b2
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = (p / p.sum(axis=1, keepdims=True) - one_hot) / len(x)
        back = (error @ w2.T) * (hidden > 0)
        w2, b2 = w2 - LR * hidden.T @ error, b2 - LR * error.sum(axis=0)
        w1, b1 = w1 - LR * x.T @ back, b1 - LR * back.sum(axis=0)
    for parameter, wanted in zip(explorer._model.parameters(), (w1, b1, w2, b2), strict=True):
        np.testing.assert_allclose(parameter.data, wanted, atol=1e-5)


def test_clear_empties_the_batch(explorer):
    explorer.reset()
    explorer.set(drawn=ONE, label="4")
    press = Pointer("down", explorer.clear_axes, 0.5, 0.5)
    explorer.learn = 3
    explorer._pointed(press)
    assert (explorer.batch, explorer.label, explorer.learn) == ("", NOTHING, 0)
    assert explorer.drawn == ONE
    state = explorer.state
    explorer._pointed(press)  # there is nothing to clear
    assert explorer.state == state


@pytest.mark.parametrize(
    "text",
    ["7", "7 = ", "7 = no. 500", "12 = no. 3", "7 = no. 3;4 = no. 5", "7 = no. 3 by 9,0", "7 = 1"],
)
def test_what_is_no_batch(text):
    with pytest.raises(ValueError, match=r"batch: expected labels and pictures.*Received"):
        DigitExplorer(batch=text)


def test_a_batch_of_nine_is_refused():
    eight = "; ".join(f"7 = no. {k}" for k in range(MOST))
    assert DigitExplorer(batch=eight).batch == eight
    with pytest.raises(ValueError, match=r"8 at most\. Received"):
        DigitExplorer(batch=f"{eight}; 7 = no. 499")


def test_your_own_network_is_read_and_stays_as_it_is():
    rng = np.random.default_rng(0)
    model = Sequential(Dense(784, 5, "relu", rng=rng), Dense(5, 10, rng=rng))
    before = [p.data.copy() for p in model.parameters()]
    explorer = DigitExplorer(model, drawn=ONE, label="1")
    np.testing.assert_allclose(
        [bar.get_width() for bar in explorer.bars], scores_of(model, as_mnist(ONE))[1]
    )
    explorer.learn = 5
    for parameter, old in zip(model.parameters(), before, strict=True):
        np.testing.assert_array_equal(parameter.data, old)
    with pytest.raises(TypeError, match=r"expected Sequential.*Received"):
        DigitExplorer("a network")
    with pytest.raises(ValueError, match=r"expected Sequential.*Received"):
        DigitExplorer(Sequential(Dense(784, 10, rng=rng)))


def test_the_sentence_is_short_and_true_of_the_bars(explorer):
    rng = np.random.default_rng(3)
    controls = explorer.controls
    for _ in range(60):
        explorer.reset()
        explorer.set(
            digit=int(rng.integers(TEST)),
            right=int(rng.integers(-8, 9)),
            down=int(rng.integers(-8, 9)),
            wanted=str(rng.choice(controls["wanted"].options)),
            drawn=str(rng.choice(["", SEVEN, ONE, ZERO])),
            batch=str(rng.choice(["", "7 = no. 3 by 1,0", f"4 = {ONE}; 2 = no. 8"])),
        )
        verdict, _ = explorer.live.said
        assert len(verdict.split()) <= 8
        widths = [bar.get_width() for bar in explorer.bars]
        best = int(np.argmax(widths))
        sure = f"It reads a {best}."
        assert verdict == (sure if max(widths) >= 0.8 else f"Not sure: perhaps a {best}?")
        for share, digit in re.findall(r"(\d+)% for (\d)", explorer.summary):
            assert float(share) == pytest.approx(100 * widths[int(digit)], abs=0.51)
