"""Figures that others have published, reproduced."""

import numpy as np

from lecture3_engine import Parameter, descend, quadratic


def test_the_example_of_the_micrograd_readme():
    a, b = Parameter(-4.0), Parameter(2.0)
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g = g + 10.0 / f
    assert f"{g.item():.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad.item():.4f}" == "138.8338"
    assert f"{b.grad.item():.4f}" == "645.5773"


def test_the_circuit_of_cs231n():
    x, y, z = Parameter(-2.0), Parameter(5.0), Parameter(-4.0)
    f = (x + y) * z
    f.backward()
    assert f.item() == -12
    assert (x.grad, y.grad, z.grad) == (-4, -4, 3)


def test_gradient_descent_in_dive_into_deep_learning():
    """f = x1^2 + 2 x2^2 from (-5, -2), 20 steps of lr 0.1."""
    path = descend(quadratic((2, 4)), [-5, -2], steps=20, lr=0.1)
    np.testing.assert_allclose(path.points[-1], [-0.0576461, -7.3123e-5], rtol=1e-5)


def test_momentum_in_dive_into_deep_learning():
    """f = 0.1 x1^2 + 2 x2^2 from (-5, -2), 20 steps of lr 0.6 with momentum 0.5."""
    path = descend(quadratic((0.2, 4)), [-5, -2], steps=20, lr=0.6, momentum=0.5)
    np.testing.assert_allclose(path.points[-1], [0.0071879, 0.0025533], rtol=1e-4)
    # without momentum it diverges
    assert descend(quadratic((0.2, 4)), [-5, -2], steps=20, lr=0.6).losses[-1] > 1000
