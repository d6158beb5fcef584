import numpy as np
import pytest

from lecture3_engine import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Parameter,
    RMSprop,
    Tensor,
    descend,
    quadratic,
    rate_of_change,
    surfaces,
)
from lecture3_engine.optim import Optimizer
from lecture3_engine.surfaces import lecture_curve, parabola, ravine


def test_gradient_descent_is_the_loop_of_the_lecture():
    path = descend(ravine, [2.0, 1.0], steps=5, lr=0.03)
    w = np.array([2.0, 1.0])
    for point, loss in zip(path.points, path.losses, strict=True):
        np.testing.assert_allclose(point, w)
        assert loss == ravine.loss(w)
        w = w - 0.03 * ravine.gradient(w)
    assert path.points.shape == (6, 2)
    assert path.losses.shape == (6,)
    assert path.diverged_at is None


def test_momentum_is_the_rule_of_the_lecture():
    path = descend(ravine, [2.0, 1.0], steps=40, lr=0.03, momentum=0.7).points
    for before, now, after in zip(path[:-2], path[1:-1], path[2:], strict=True):
        np.testing.assert_allclose(
            after, now - 0.03 * ravine.gradient(now) + 0.7 * (now - before), rtol=1e-9
        )


def test_naive_gradient_descent_by_rc():
    path = descend(
        lecture_curve,
        [2.9],
        steps=200,
        lr=0.05,
        gradient=lambda w: rate_of_change(
            lambda x: lecture_curve.loss(x[..., None]), w[..., 0], 1e-4
        )[..., None],
    )
    # rc is zero half an epsilon before the minimum
    assert path.points[-1] == pytest.approx([2 - 5e-5], abs=1e-6)


@pytest.mark.parametrize(
    "optimizer, settings",
    [(SGD, {"momentum": 0.5}), (Adagrad, {}), (RMSprop, {}), (Adam, {}), (AdamW, {})],
)
def test_many_runs_are_the_single_runs(optimizer, settings):
    lr = np.array([0.01, 0.05, 0.2])
    starts = np.array([[1.0, 1.0], [-2.0, 0.5]])
    together = descend(ravine, starts[:, None], optimizer, steps=60, lr=lr[:, None], **settings)
    assert together.points.shape == (61, 2, 3, 2)
    assert together.losses.shape == (61, 2, 3)
    assert together.diverged_at.shape == (2, 3)
    last = descend(
        ravine, starts[:, None], optimizer, steps=60, lr=lr[:, None], keep_path=False, **settings
    )
    np.testing.assert_array_equal(last.points, together.points[-1:])
    np.testing.assert_array_equal(last.losses, together.losses[-1:])
    np.testing.assert_array_equal(last.diverged_at, together.diverged_at)
    for i, j in np.ndindex(2, 3):
        alone = descend(ravine, starts[i], optimizer, steps=60, lr=lr[j], **settings)
        np.testing.assert_allclose(together.points[:, i, j], alone.points, rtol=1e-12)


def test_divergence_is_recorded_and_the_others_go_on():
    path = descend(ravine, steps=300, lr=np.array([[0.05], [1.0]]), momentum=0.5)
    assert path.diverged_at[0] == -1
    assert 0 < path.diverged_at[1] < 60
    at = path.diverged_at[1]
    assert np.isfinite(path.points[:at, 1]).all()
    assert np.isnan(path.points[at:, 1]).all()
    assert np.isnan(path.losses[at:, 1]).all()
    assert np.isfinite(path.losses[:at, 1]).all()
    alone = descend(ravine, steps=300, lr=1.0, momentum=0.5)
    assert alone.diverged_at == at
    np.testing.assert_array_equal(alone.losses, path.losses[:, 1])
    np.testing.assert_allclose(
        path.points[:, 0], descend(ravine, steps=300, lr=0.05, momentum=0.5).points
    )


def test_every_surface_diverges_without_a_warning_and_never_asks_for_the_gradient_at_nan():
    for surface in surfaces.ALL:

        def gradient(w):
            assert np.isfinite(w).all()
            return surface.gradient(w)

        path = descend(
            surface, steps=2000, lr=np.array([[1e-4], [1e3]]), momentum=0.9, gradient=gradient
        )
        assert np.isfinite(path.losses[:, 0]).all()
        assert descend(surface, steps=20, lr=1e-4).losses[-1] < surface.loss(surface.start)


def test_diverged_means_beyond_1e30():
    """w doubles in each step: 2^99 is 6.3e29, 2^100 is 1.3e30."""
    path = descend(parabola, [1.0], steps=150, lr=3.0)
    assert path.diverged_at == 100
    np.testing.assert_array_equal(path.points[:100, 0], (-2.0) ** np.arange(100))
    assert np.isnan(path.points[100:]).all()
    assert np.isnan(path.losses[100:]).all()
    assert np.isfinite(path.losses[:100]).all()
    last = descend(parabola, [1.0], steps=100, lr=3.0, keep_path=False)
    assert last.diverged_at == 100
    assert np.isnan(last.points).all()
    assert np.isnan(last.losses).all()
    assert descend(parabola, [1.0], steps=99, lr=3.0, keep_path=False).points.tolist() == [
        [-(2.0**99)]
    ]
    assert descend(parabola, [1e30], steps=1, lr=0.5).points[:, 0].tolist() == [1e30, 5e29]
    path = descend(parabola, [0.0], steps=1, lr=1e30, gradient=lambda w: -np.ones_like(w))
    assert path.points[:, 0].tolist() == [0, 1e30]
    assert path.diverged_at is None
    for start in (1.1e30, -1.1e30, np.inf, np.nan):
        with pytest.raises(ValueError, match="within 1e\\+30"):
            descend(parabola, [start], steps=1, lr=0.5)


@pytest.mark.parametrize("which", [0, 1])
def test_one_weight_beyond_is_enough(which):
    lr = np.where(np.arange(2) == which, 3.0, 0.5)
    path = descend(quadratic((1, 1)), [1.0, 1.0], steps=150, lr=lr)
    assert path.diverged_at == 100


def test_a_gradient_that_is_no_number_ends_the_run():
    for g, points in ((np.nan, [1.0]), (np.inf, [1.0])):
        calls = []
        path = descend(
            parabola,
            [1.0],
            steps=3,
            lr=0.1,
            gradient=lambda w: calls.append(1) or np.full_like(w, g),
        )
        assert len(calls) == 1  # none is asked for where the weights are no numbers
        assert path.diverged_at == 1
        assert path.points[:, 0].tolist()[:1] == points
        assert np.isnan(path.points[1:]).all()


def test_when_every_run_is_lost_no_more_gradients_are_asked_for():
    """Also if one was lost in the first step, and the other, which doubles, in the 100th."""
    calls = []
    path = descend(
        parabola,
        [1.0],
        steps=150,
        lr=np.array([[3.0], [1e31]]),
        gradient=lambda w: calls.append(1) or w,
    )
    assert path.diverged_at.tolist() == [100, 1]
    assert len(calls) == 100


def test_a_lost_run_stays_lost_at_the_step_at_which_it_was():
    # pushed away in every step
    path = descend(parabola, [1.0], steps=5, lr=np.array([[0.1], [1e31]]), gradient=np.ones_like)
    assert path.diverged_at.tolist() == [-1, 1]
    assert np.isfinite(path.points[:, 0]).all()
    assert np.isnan(path.points[1:, 1]).all()


@pytest.mark.parametrize(
    "optimizer, settings",
    [(SGD, {}), (SGD, {"momentum": 0.9}), (RMSprop, {"momentum": 0.9}), (Adam, {})],
)
@pytest.mark.parametrize("surface", surfaces.ALL, ids=lambda s: s.name)
def test_lost_runs_change_nothing_for_the_others(surface, optimizer, settings):
    lrs = [1e-3, 1e30, 1e-2, 1e31]
    together = descend(surface, None, optimizer, lr=np.array(lrs)[:, None], **settings)
    assert together.diverged_at[3] >= 0
    for i, lr in enumerate(lrs):
        alone, one = descend(surface, None, optimizer, lr=lr, **settings), together.run(i)
        assert one.diverged_at == alone.diverged_at
        assert one.points.tobytes() == alone.points.tobytes()
        assert one.losses.tobytes() == alone.losses.tobytes()


SETTINGS = [
    (SGD, {}),
    (SGD, {"momentum": 0.9}),
    (SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (Adagrad, {"eps": 0.1}),
    (RMSprop, {"momentum": 0.5}),
    (Adam, {"betas": (0.8, 0.95)}),
    (AdamW, {"weight_decay": 0.1}),
]


@pytest.mark.parametrize("surface", surfaces.ALL, ids=lambda s: s.name)
@pytest.mark.parametrize(
    "optimizer, settings",
    SETTINGS,
    ids=[f"{optimizer.__name__} {' '.join(settings)}" for optimizer, settings in SETTINGS],
)
def test_a_descent_is_a_loop_of_gradients_and_steps_to_the_last_bit(surface, optimizer, settings):
    path = descend(surface, None, optimizer, steps=40, lr=0.003, **settings)
    w = Parameter(surface.start.copy())
    walker = optimizer([w], lr=0.003, **settings)
    points = [w.data.copy()]
    for _ in range(40):
        w.grad = surface.gradient(w.data)
        walker.step()
        points.append(w.data.copy())
    assert path.points.tobytes() == np.array(points).tobytes()
    assert path.losses.tobytes() == surface.loss(np.array(points)).tobytes()


class Signs(Optimizer):
    """A rule of one's own: update alone."""

    def update(self, w, g):
        w -= self.lr * np.sign(g)


class Anew(Optimizer):
    """A step of one's own, which makes a new array."""

    def step(self):
        for p in self.params:
            p.data = p.data - self.lr * np.sign(p.grad)


class Remembering(Signs):
    """Keeps the gradients that it got, and things that are no arrays of the weights' shape."""

    def __init__(self, params, lr):
        super().__init__(params, lr)
        self.gradients = []
        self.state[0].update(note="", count=0, table=np.zeros(7))

    def update(self, w, g, note, count, table):
        self.gradients.append(g)
        w -= self.lr * np.sign(self.gradients[len(self.gradients) // 2])


@pytest.mark.parametrize("optimizer", [Signs, Anew])
def test_an_optimizer_of_ones_own(optimizer):
    path = descend(parabola, [1.0], optimizer, steps=3, lr=0.25)
    assert path.points[:, 0].tolist() == [1, 0.75, 0.5, 0.25]
    paths = descend(parabola, [1.0], optimizer, steps=3, lr=np.array([[0.25], [1e31]]))
    np.testing.assert_array_equal(paths.points[:, 0], path.points)
    assert paths.diverged_at.tolist() == [-1, 1]


def test_an_optimizer_may_keep_the_gradients_and_other_things():
    points = descend(parabola, [1.0], Remembering, steps=12, lr=0.25).points[:, 0]
    w, gradients = 1.0, []
    for point in points:
        assert point == w
        gradients.append(w)
        w -= 0.25 * np.sign(gradients[len(gradients) // 2])
    descend(parabola, [1.0], Remembering, steps=3, lr=np.array([[0.1], [1e31]]))


def test_an_optimizer_of_ones_own_may_raise_what_it_likes():
    class Broken(Signs):
        def update(self, w, g):
            raise ValueError("could not broadcast")

    with pytest.raises(ValueError, match=r"^could not broadcast$"):
        descend(parabola, [1.0], Broken, steps=1, lr=0.1)


def test_the_path_is_the_callers_own():
    start = np.array([1.0, 1.0])
    descend(ravine, start, steps=3, lr=0.01)
    assert start.tolist() == [1, 1]
    assert descend(ravine, [1, 1], steps=0, lr=0.1).points.tolist() == [[1, 1]]


def test_a_path_has_100_steps_and_stays_as_it_is():
    path = descend(ravine, lr=0.01)
    assert path.points.shape == (101, 2)
    with pytest.raises(AttributeError):
        path.diverged_at = 3


def test_a_stochastic_gradient():
    def noisy():
        rng = np.random.default_rng(0)
        return descend(
            ravine,
            steps=50,
            lr=0.02,
            gradient=lambda w: ravine.gradient(w) + rng.standard_normal(w.shape),
        )

    np.testing.assert_array_equal(noisy().points, noisy().points)
    assert noisy().losses[-1] < 1


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: descend("ravine", lr=0.1), TypeError, "Surface"),
        (lambda: descend(ravine, [1.0], lr=0.1), ValueError, "(..., 2)"),
        (lambda: descend(ravine, [1.0, 1.0, 1.0], lr=0.1), ValueError, "start of shape (..., 2)"),
        (
            lambda: descend(ravine, [[1.0, 1.0], [1.0]], lr=0.1),
            ValueError,
            "start to be numbers in rows of equal length",
        ),
        (lambda: descend(ravine, [1.0, np.nan], lr=0.1), ValueError, "finite"),
        (lambda: descend(ravine, ["a", "b"], lr=0.1), TypeError, "real numbers"),
        (lambda: descend(ravine, steps=-1, lr=0.1), ValueError, "steps"),
        (lambda: descend(ravine, steps=2.5, lr=0.1), TypeError, "2.5"),
        (lambda: descend(ravine, optimizer="SGD", lr=0.1), TypeError, "class"),
        (lambda: descend(ravine, optimizer=Tensor, lr=0.1), TypeError, "class"),
        (lambda: descend(ravine, lr=0), ValueError, "lr"),
        (lambda: descend(ravine, lr=np.linspace(0.1, 0.2, 5)), ValueError, "lr[..., None]"),
        (lambda: descend(ravine, lr=np.ones((0, 1))), ValueError, "Received shape (0, 1)"),
        (
            lambda: descend(ravine, np.ones((3, 2)), lr=np.full((4, 1), 0.1)),
            ValueError,
            "broadcast to one shape",
        ),
        (lambda: descend(ravine, lr=0.1, gradient=1), TypeError, "function"),
        (
            lambda: descend(ravine, lr=0.1, gradient=lambda w: 1.0),
            ValueError,
            "shape of the points",
        ),
        (
            lambda: descend(ravine, lr=0.1, gradient=lambda w: np.ones((2, 2))),
            ValueError,
            "shape of the points",
        ),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


# --- theory: see notes of the lecture, and Goh, "Why Momentum Really Works", Distill 2017 ---

EIGENVALUES = (0.01, 0.1, 1)
HARD = quadratic(EIGENVALUES)
L_MIN, L_MAX = EIGENVALUES[0], EIGENVALUES[-1]
KAPPA = L_MAX / L_MIN


def measured_rate(losses, first, last):
    """The factor by which the distance to the minimum shrinks in a step: the root of that of a
    quadratic loss.
    """
    return (losses[last] / losses[first]) ** (0.5 / (last - first))


def test_the_best_rate_of_gradient_descent():
    path = descend(HARD, [1.0, 1.0, 1.0], steps=600, lr=2 / (L_MIN + L_MAX))
    assert measured_rate(path.losses, 300, 600) == pytest.approx(
        (KAPPA - 1) / (KAPPA + 1), rel=1e-4
    )


def test_the_best_rate_of_the_heavy_ball():
    lr = (2 / (L_MIN**0.5 + L_MAX**0.5)) ** 2
    beta = ((KAPPA**0.5 - 1) / (KAPPA**0.5 + 1)) ** 2
    path = descend(HARD, [1.0, 1.0, 1.0], steps=300, lr=lr, momentum=beta)
    # Double roots at the optimum add a factor that grows like the number of steps: 3% at this
    # length.
    assert measured_rate(path.losses, 150, 300) == pytest.approx(
        (KAPPA**0.5 - 1) / (KAPPA**0.5 + 1), rel=0.03
    )


def test_complex_roots_shrink_by_the_root_of_beta():
    """Distill prints 2 sqrt(beta), a slip."""
    path = descend(parabola, [1.0], steps=800, lr=0.5, momentum=0.81)
    envelope = [path.losses[i : i + 40].max() for i in (100, 700)]
    assert (envelope[1] / envelope[0]) ** (0.5 / 600) == pytest.approx(0.9, rel=1e-3)


@pytest.mark.parametrize("surface", [HARD, ravine, parabola], ids=lambda s: s.name)
def test_the_stability_limit(surface):
    """All betas and all learning rates in one call: below the limit no loss grows, above it every
    loss does.
    """
    beta = np.array([0, 0.3, 0.9])[:, None]
    below = np.append(np.linspace(0.1, 0.9, 9), [0.99, 0.998])
    factors = np.append(below, 2 - below)
    lr = factors * 2 * (1 + beta) / surface.hessian_eigenvalues.max()
    path = descend(
        surface,
        np.ones(surface.ndim),
        steps=4000,
        lr=lr[..., None],
        momentum=beta[..., None],
        keep_path=False,
    )
    grows = (path.diverged_at >= 0) | (path.losses[0] > 10 * surface.loss(np.ones(surface.ndim)))
    np.testing.assert_array_equal(grows, np.broadcast_to(factors > 1, lr.shape))


def test_gradient_descent_on_a_parabola_is_fastest_at_one_over_l_and_oscillates_above():
    assert descend(quadratic([4]), [1.0], steps=1, lr=1 / 4).losses[-1] == 0
    assert (
        np.diff(np.sign(descend(quadratic([4]), [1.0], steps=10, lr=0.3).points[:, 0])) != 0
    ).all()
    assert (descend(quadratic([4]), [1.0], steps=10, lr=0.2).points > 0).all()


def test_one_run_of_many_is_a_path_of_its_own():
    paths = descend(
        ravine, steps=300, lr=np.array([[0.05, 1.0], [0.01, 0.02]])[..., None], momentum=0.5
    )
    alone = descend(ravine, steps=300, lr=1.0, momentum=0.5)
    one = paths.run((0, 1))
    assert one.diverged_at == alone.diverged_at
    assert paths.run((1, 0)).diverged_at is None
    np.testing.assert_array_equal(one.points, alone.points)
    np.testing.assert_array_equal(one.losses, alone.losses)


def test_runs_are_counted_from_both_ends():
    paths = descend(parabola, [1.0], steps=2, lr=np.array([[0.1], [0.2], [0.3]]))
    for index in (-3, -1, 0, 2):
        np.testing.assert_array_equal(paths.run(index).points, paths.points[:, index])
    for index in (-4, 3, 4, True, (), (0, 0)):
        with pytest.raises(
            ValueError, match=r"the runs, which have the shape \(3,\)\. Received [^.]*\.$"
        ):
            paths.run(index)
    for index in (0, ()):
        with pytest.raises(ValueError, match=r"This path has one run only: use it as it is\."):
            paths.run(0).run(index)


def test_a_start_in_half_precision_is_read_as_it_is():
    """The limit of 1e30 is no number of float16: it must not be made one."""
    half = descend(quadratic([1]), np.array([1.5], np.float16), steps=2, lr=0.5)
    np.testing.assert_array_equal(half.points[:, 0], [1.5, 0.75, 0.375])
