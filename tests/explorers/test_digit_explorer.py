import re

import numpy as np
import pytest

from lecture3_engine import Dense, Sequential
from lecture3_engine.explorers import DigitExplorer
from lecture3_engine.explorers.digit_explorer import (
    BOX,
    LEARNING,
    SIZE,
    TEST,
    TRAIN,
    as_mnist,
    scores_of,
    shifted,
    trained,
    wish,
)
from lecture3_engine.explorers.digits import train_and_test
from lecture3_engine.live import Pointer

SEVEN = "6,7 10,6.5 15,6.5 21,6 19,11 16,16 14,21 13,25"
ONE = "14,4 14,10 13.5,16 13.5,24"
ZERO = " ".join(
    f"{14 + 6 * np.sin(a):.1f},{14 - 9 * np.cos(a):.1f}" for a in np.linspace(0, 2 * np.pi, 30)
)


@pytest.fixture(scope="module")
def explorer():
    return DigitExplorer()


def test_a_drawing_is_centred_and_scaled_as_mnist_is():
    _, (images, _) = train_and_test(TRAIN, TEST)
    middles = np.arange(SIZE) + 0.5
    for text in (SEVEN, ONE, ZERO, "3,3 4,4.5", "14,14"):
        picture = as_mnist(text)
        assert picture.shape == (SIZE, SIZE)
        assert picture.min() == 0 < picture.max() <= 1
        centre = [picture.sum(axis=axis) @ middles / picture.sum() for axis in (0, 1)]
        np.testing.assert_allclose(centre, SIZE / 2, atol=0.6)
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


def test_strokes_are_drawn_and_the_corner_wipes_them(explorer):
    explorer.reset()
    assert explorer.scan.get_visible()
    explorer._pointed(pointer(explorer, "down", (5, 5)))
    explorer._pointed(pointer(explorer, "move", (8, 5), (12, 5.5), (20, 5)))
    explorer._pointed(pointer(explorer, "up", (20, 5)))
    explorer._pointed(pointer(explorer, "down", (12, 10)))
    explorer._pointed(pointer(explorer, "move", (12, 20)))
    assert explorer.drawn == "5,5 8,5 12,5.5 20,5 / 12,10 12,20"
    assert not explorer.scan.get_visible()
    explorer._pointed(pointer(explorer, "down", (26, 1)))
    explorer._pointed(pointer(explorer, "move", (24, 5)))
    explorer._pointed(pointer(explorer, "up", (22, 9)))
    assert explorer.drawn == ""
    assert explorer.scan.get_visible()


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
    assert explorer.live.said[0] == f"After {LEARNING} steps: a 4."
    assert re.search(rf"of {TEST} test digits it now reads \d+\.\d % right", explorer.summary)
    explorer.learn = 0  # and back
    assert [bar.get_width() for bar in explorer.bars][4] == pytest.approx(before)
    # the network that others use has learned nothing
    assert scores_of(trained(), as_mnist(ONE))[1][4] == before
    explorer.set(label="not said", learn=3)
    assert explorer.live.said[0] == "Say first what it really is."


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
        )
        verdict, _ = explorer.live.said
        assert len(verdict.split()) <= 8
        widths = [bar.get_width() for bar in explorer.bars]
        best = int(np.argmax(widths))
        sure = f"It reads a {best}."
        assert verdict == (sure if max(widths) >= 0.8 else f"Not sure: perhaps a {best}?")
        for share, digit in re.findall(r"(\d+) % for (\d)", explorer.summary):
            assert float(share) == pytest.approx(100 * widths[int(digit)], abs=0.51)
