import numpy as np
import pytest

from lecture3_engine import check_gradient, numerical_gradient, quadratic, surfaces

EVERY = [*surfaces.ALL, quadratic((0.01, 0.1, 1))]


@pytest.mark.parametrize("surface", EVERY, ids=lambda s: s.name)
class TestEverySurface:
    def points(self, surface, n=20):
        low, high = np.array(surface.bounds).T
        return np.random.default_rng(0).uniform(low, high, (n, surface.ndim))

    def test_gradient(self, surface):
        for w in self.points(surface):
            assert check_gradient(surface.loss, w, surface.gradient, tolerance=1e-6)

    def test_vectorised(self, surface):
        w = self.points(surface, 12).reshape(3, 4, -1)
        assert surface.loss(w).shape == (3, 4) and surface.gradient(w).shape == w.shape
        for index in np.ndindex(3, 4):
            np.testing.assert_allclose(surface.loss(w)[index], surface.loss(w[index]))
            np.testing.assert_allclose(surface.gradient(w)[index], surface.gradient(w[index]))

    def test_minima_are_minima_and_the_first_is_the_lowest(self, surface):
        low, high = np.array(surface.bounds).T
        for w in surface.minima:
            np.testing.assert_allclose(surface.gradient(w), 0, atol=1e-9)
            nearby = w + np.random.default_rng(1).uniform(-0.05, 0.05, (200, surface.ndim))
            assert (surface.loss(nearby) >= surface.loss(w) - 1e-12).all()
            assert (low <= w).all() and (w <= high).all()
        lowest = surface.loss(surface.minima[0])
        assert lowest == pytest.approx(0, abs=1e-12) and (surface.loss(self.points(surface, 5000)) >= lowest - 1e-12).all()

    def test_start_is_in_the_picture(self, surface):
        low, high = np.array(surface.bounds).T
        assert surface.start.shape == (surface.ndim,) and (low <= surface.start).all() and (surface.start <= high).all()

    def test_eigenvalues_where_they_are_constant(self, surface):
        if surface.hessian_eigenvalues is not None:
            w = self.points(surface, 1)[0]
            hessian = np.stack([numerical_gradient(lambda x: surface.gradient(x)[i], w) for i in range(surface.ndim)])
            np.testing.assert_allclose(np.linalg.eigvalsh(hessian), np.sort(surface.hessian_eigenvalues), rtol=1e-6)

    def test_far_away_no_warning(self, surface):
        surface.loss(np.full(surface.ndim, 1e200))
        surface.gradient(np.full(surface.ndim, 1e200))
        assert np.isfinite(surface.loss(np.full(surface.ndim, 1e30)))

    def test_repr(self, surface):
        assert surface.name in repr(surface) and "0x" not in repr(surface)


def test_a_surface_of_one_weight_takes_numbers():
    assert surfaces.parabola.loss(2.0) == 2 and surfaces.parabola.gradient(2.0) == 2 and np.ndim(surfaces.parabola.gradient(2.0)) == 0


def test_the_lecture_curve_has_a_local_and_a_global_minimum():
    curve = surfaces.lecture_curve
    assert curve.loss(curve.minima).tolist() == pytest.approx([0, 3.2])
    assert curve.gradient(0.5) == pytest.approx(0)


def test_quadratic_formula():
    assert quadratic((2, 4)).loss([-5.0, -2.0]) == 25 + 8
    np.testing.assert_array_equal(quadratic((2, 4)).gradient([-5.0, -2.0]), [-10, -8])


@pytest.mark.parametrize("call, error, words", [
    (lambda: quadratic(()), ValueError, "eigenvalues"),
    (lambda: quadratic((1, -1)), ValueError, "saddle"),
    (lambda: quadratic((1, np.nan)), ValueError, "finite"),
    (lambda: quadratic("ab"), TypeError, "'ab'"),
    (lambda: quadratic([[1, 2], [3, 4]]), ValueError, "list"),
    (lambda: surfaces.ravine.loss([1.0, 2.0, 3.0]), ValueError, "(..., 2)"),
    (lambda: surfaces.ravine.loss(1.0), ValueError, "(..., 2)"),
    (lambda: surfaces.parabola.gradient(np.linspace(0, 1, 5)), ValueError, "w[..., None]"),
    (lambda: surfaces.ravine.loss(["a", "b"]), TypeError, "real numbers"),
])
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)
