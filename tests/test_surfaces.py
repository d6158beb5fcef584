import re

import numpy as np
import pytest

from lecture3_engine import check_gradient, numerical_gradient, quadratic, surfaces

EVERY = [*surfaces.ALL, quadratic((0.01, 0.1, 1))]


def read(formula, w):
    """The number that a learner with a pocket calculator gets from the printed formula."""
    text = re.sub(r"\\frac{(.*?)}{(.*?)}", r"(\1/\2)", formula.strip("$")).replace(r"\,", " ")
    text = re.sub(r"\\cos ([^)]*)", r"cos(\1)", text)
    text, _, constants = text.partition(r",\ c = ")
    before, sign, term = (
        re.split(r"(\\sum_i|\\sum_{n=1}\^\{3\})", text) if r"\sum" in text else (text, "", "")
    )
    if sign == r"\sum_i":
        terms = [term.replace("w_i", f"w_{i}") for i in range(len(w))]
    else:
        terms = [
            term.replace("c_n", c).replace("^n", f"^{n}")
            for n, c in enumerate(constants.split(","), 1)
        ]
    text = before + " + ".join(terms) if sign else text
    words = re.findall(r"[\d.]+|\\pi|cos|w_\d|w|[-+*/^()]", text)
    assert "".join(words) == text.replace(" ", ""), "a sign that is not read"
    for i in range(len(words) - 1, 0, -1):  # 2 w (w + 1) is a product
        if words[i - 1] not in "-+*/^(" and words[i - 1] != "cos" and words[i] not in "-+*/^)":
            words.insert(i, "*")
    numbers = {"cos": np.cos, "pi": np.pi, "w": w[0], **{f"w_{i}": x for i, x in enumerate(w)}}
    return eval(" ".join(words).replace("^", "**").replace("\\pi", "pi"), numbers)


@pytest.mark.parametrize("surface", EVERY, ids=lambda s: s.name)
class TestEverySurface:
    def points(self, surface, n=20):
        low, high = np.array(surface.bounds).T
        return np.random.default_rng(0).uniform(low, high, (n, surface.ndim))

    def test_gradient(self, surface):
        for w in self.points(surface):
            assert check_gradient(surface.loss, w, surface.gradient, tolerance=1e-6)

    def test_the_printed_formula_is_the_loss(self, surface):
        assert surface.formula[0] == surface.formula[-1] == "$"
        for w in self.points(surface):
            assert read(surface.formula, w) == pytest.approx(surface.loss(w), rel=1e-11, abs=1e-11)

    def test_vectorised(self, surface):
        w = self.points(surface, 12).reshape(3, 4, -1)
        assert surface.loss(w).shape == (3, 4)
        assert surface.gradient(w).shape == w.shape
        for index in np.ndindex(3, 4):
            np.testing.assert_allclose(surface.loss(w)[index], surface.loss(w[index]))
            np.testing.assert_allclose(surface.gradient(w)[index], surface.gradient(w[index]))

    def test_minima_are_minima_and_the_first_is_the_lowest(self, surface):
        low, high = np.array(surface.bounds).T
        for w in surface.minima:
            np.testing.assert_allclose(surface.gradient(w), 0, atol=1e-9)
            nearby = w + np.random.default_rng(1).uniform(-0.05, 0.05, (200, surface.ndim))
            assert (surface.loss(nearby) >= surface.loss(w) - 1e-12).all()
            assert (low <= w).all()
            assert (w <= high).all()
        lowest = surface.loss(surface.minima[0])
        assert lowest == pytest.approx(0, abs=1e-12)
        assert (surface.loss(self.points(surface, 5000)) >= lowest - 1e-12).all()

    def test_start_is_in_the_picture(self, surface):
        low, high = np.array(surface.bounds).T
        assert surface.start.shape == (surface.ndim,)
        assert (low <= surface.start).all()
        assert (surface.start <= high).all()

    def test_eigenvalues_where_they_are_constant(self, surface):
        if surface.hessian_eigenvalues is not None:
            w = self.points(surface, 1)[0]
            hessian = np.stack(
                [
                    numerical_gradient(lambda x: surface.gradient(x)[i], w)
                    for i in range(surface.ndim)
                ]
            )
            np.testing.assert_allclose(
                np.linalg.eigvalsh(hessian), np.sort(surface.hessian_eigenvalues), rtol=1e-6
            )

    def test_far_away_no_warning(self, surface):
        surface.loss(np.full(surface.ndim, 1e200))
        surface.gradient(np.full(surface.ndim, 1e200))
        assert np.isfinite(surface.loss(np.full(surface.ndim, 1e30)))

    def test_repr(self, surface):
        assert surface.name in repr(surface)
        assert "0x" not in repr(surface)


# Each with its loss at one point, from the papers they come from or by pencil; domain; start.
KNOWN = {
    "parabola 1": ([2], 2, [(-3, 3)], [-2.5]),
    "lecture curve": ([0], 4, [(-3.2, 3.2)], [2.9]),
    "bowl 1, 1": ([1, 3], 5, [(-3, 3), (-3, 3)], [-2.5, 1.5]),
    "ravine 1, 25": ([2, 2], 52, [(-3, 3), (-3, 3)], [-2.5, 1.5]),
    "saddle": ([1, 0], 0.75, [(-2, 2), (-1.6, 1.6)], [-1.8, 0.01]),
    "Rosenbrock": ([-1.2, 1], 24.2, [(-2, 2), (-1, 3)], [-1.2, 1]),
    "Himmelblau": ([0, 0], 170, [(-5, 5), (-5, 5)], [0, -0.5]),
    "Beale": ([0, 0], 14.203125, [(-4.5, 4.5), (-4.5, 4.5)], [1, 1.5]),
    "Rastrigin": ([0.5, 0.5], 40.5, [(-5.12, 5.12), (-5.12, 5.12)], [2.3, -1.7]),
    "ravine 0.01, 0.1, 1": ([10, 10, 1], 6, [(-3, 3)] * 3, [-2.5, 1.5, 1.5]),
}


def test_each_is_what_its_name_says():
    assert [surface.name for surface in EVERY] == list(KNOWN)
    for surface, (point, loss, bounds, start) in zip(EVERY, KNOWN.values(), strict=True):
        assert surface.loss(point) == pytest.approx(loss, rel=1e-14), surface.name
        assert surface.bounds == tuple(bounds)
        assert surface.start.tolist() == start
        assert surface.ndim == len(start)
    assert [len({tuple(w) for w in surface.minima}) for surface in EVERY] == [
        1,
        2,
        1,
        1,
        2,
        1,
        4,
        1,
        1,
        1,
    ]
    assert [s.name for s in EVERY if s.hessian_eigenvalues is not None] == [
        n for n in KNOWN if n.split()[0] in ("parabola", "bowl", "ravine")
    ]
    assert (
        repr(surfaces.saddle)
        == r"<Surface saddle: $\frac{1}{2} w_0^2 + \frac{1}{4} (w_1^2 - 1)^2$>"
    )


def test_attributes_have_their_names():
    """bounds are (low, high) for each weight; minima and start are float arrays, whatever they were
    written as.
    """
    for surface in EVERY:
        assert all(
            type(number) is float and low < high
            for low, high in surface.bounds
            for number in (low, high)
        )
        assert surface.minima.dtype == surface.start.dtype == float
        assert surface.minima.shape[1:] == (surface.ndim,)


def test_the_precision_of_the_weights_is_kept():
    for surface in EVERY:
        w = surface.start.astype(np.float32)
        assert surface.loss(w).dtype == surface.gradient(w).dtype == np.float32
        assert surface.gradient(np.ones(surface.ndim, dtype=int)).dtype == np.float64


def test_surfaces_are_dict_keys_and_do_not_change():
    assert len(set(EVERY)) == len(EVERY)
    assert surfaces.saddle != quadratic((1, 1))
    with pytest.raises(AttributeError):
        surfaces.saddle.name = "bowl"


def test_a_surface_of_one_weight_takes_numbers():
    assert surfaces.parabola.loss(2.0) == 2
    assert surfaces.parabola.gradient(2.0) == 2
    assert np.ndim(surfaces.parabola.gradient(2.0)) == 0


def test_the_lecture_curve_has_a_local_and_a_global_minimum():
    curve = surfaces.lecture_curve
    assert curve.loss(curve.minima).tolist() == pytest.approx([0, 3.2])
    assert curve.gradient(0.5) == pytest.approx(0)


def test_quadratic_formula():
    assert quadratic((2, 4)).loss([-5.0, -2.0]) == 25 + 8
    np.testing.assert_array_equal(quadratic((2, 4)).gradient([-5.0, -2.0]), [-10, -8])


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: quadratic(()), ValueError, "eigenvalues"),
        (lambda: quadratic((1, -1)), ValueError, "saddle"),
        (lambda: quadratic((1, np.nan)), ValueError, "finite"),
        (lambda: quadratic("ab"), TypeError, "'ab'"),
        (lambda: quadratic([[1, 2], [3, 4]]), ValueError, "list"),
        (lambda: surfaces.ravine.loss([1.0, 2.0, 3.0]), ValueError, "(..., 2)"),
        (lambda: surfaces.ravine.loss(1.0), ValueError, "(..., 2)"),
        (lambda: surfaces.parabola.gradient(np.linspace(0, 1, 5)), ValueError, "w[..., None]"),
        (lambda: surfaces.ravine.loss(["a", "b"]), TypeError, "real numbers"),
        (lambda: surfaces.ravine.loss([1j, 1]), TypeError, "complex"),
        (lambda: surfaces.ravine.loss([True, False]), TypeError, "bool"),
        (lambda: surfaces.ravine.loss([[1, 2], [3]]), ValueError, "rows of equal length"),
        (lambda: quadratic((1, 0)), ValueError, "above 0"),
        (lambda: quadratic((1, np.inf)), ValueError, "finite"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


def test_the_cure_suits_the_surface():
    """An axis more turns numbers into points of one weight, never of two."""
    with pytest.raises(ValueError, match=r"\(1,\)") as raised:
        surfaces.ravine.loss([1.0])
    assert "Add an axis" not in str(raised.value)
