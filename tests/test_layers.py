import numpy as np
import pytest

from lecture3_engine import Dense, Module, Parameter, Sequential, Tensor, relu


def rng():
    return np.random.default_rng(0)


def test_dense_is_the_formula_of_the_lecture():
    layer = Dense(3, 2, "relu", rng=rng(), dtype=np.float64)
    x = rng().standard_normal((5, 3))
    np.testing.assert_array_equal(layer(x).data, np.maximum(np.dot(x, layer.kernel.data) + layer.bias.data, 0))


def test_the_w_of_the_slide_is_the_transpose_of_the_kernel():
    W, b = np.array([[0.30, 0.45, 0.10], [0.70, 0.56, 0.32]]), np.array([0.50, 0.21])
    layer = Dense(3, 2, rng=rng(), dtype=np.float64)
    layer.kernel.data, layer.bias.data = W.T, b
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(layer(x[None]).data[0], W @ x + b)


def test_the_initial_weights_are_random_within_the_documented_limit():
    layer = Dense(100, 400, rng=rng())
    for p in layer.parameters():
        assert p.dtype == np.float32
        assert np.abs(p.data).max() <= 0.1
        assert p.data.std() == pytest.approx(0.1 / np.sqrt(3), rel=0.1)
    np.testing.assert_array_equal(layer.kernel.data, Dense(100, 400, rng=rng()).kernel.data)
    assert not np.array_equal(layer.kernel.data, Dense(100, 400, rng=np.random.default_rng(1)).kernel.data)


def test_the_network_of_the_course_has_407050_parameters():
    model = Sequential(Dense(784, 512, "relu", rng=rng()), Dense(512, 10, rng=rng()))
    assert model.parameter_count == 407_050
    assert [p.shape for p in model.parameters()] == [(784, 512), (512,), (512, 10), (10,)]
    assert repr(model) == "Sequential(Dense(784 -> 512, relu: 401,920 parameters), Dense(512 -> 10: 5,130 parameters))"


def test_a_layer_used_twice_has_one_kernel_and_both_gradients():
    layer = Dense(3, 3, "tanh", rng=rng(), dtype=np.float64)
    model = Sequential(layer, layer)
    assert len(model.parameters()) == 2
    x = rng().standard_normal((4, 3))
    model(x).sum().backward()
    from lecture3_engine import check_gradient

    kernel = layer.kernel.data.copy()

    def loss(value):
        layer.kernel.data = value
        return model(x).sum()

    assert check_gradient(loss, kernel, layer.kernel.grad, tolerance=1e-7)


def test_modules_find_parameters_wherever_they_are():
    class Network(Module):
        def __init__(self):
            self.scale = Parameter([1.0])
            self.layers = [Dense(2, 2, rng=rng()), {"last": Dense(2, 1, rng=rng())}]
            self.name, self.itself = "net", self

        def forward(self, inputs):
            return inputs

    model = Network()
    assert len(model.parameters()) == 5
    for p in model.parameters():
        p.grad = np.ones(p.shape)
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_inputs_are_converted_to_the_dtype_of_the_layer():
    layer = Dense(3, 2, rng=rng())
    for inputs in (np.ones((1, 3)), np.ones((1, 3), np.uint8), [[1, 2, 3]], np.ones((1, 3), np.float32)):
        assert layer(inputs).dtype == np.float32


def test_activations():
    x = rng().standard_normal((2, 3))
    for activation in ("relu", "sigmoid", "tanh", "softmax", relu, lambda t: t * 2, None):
        assert Dense(3, 2, activation, rng=rng())(x).shape == (2, 2)
    assert Sequential(Dense(3, 2, rng=rng()), relu)(x).data.min() >= 0


@pytest.mark.parametrize("call, error, words", [
    (lambda: Dense(3, 2), TypeError, "rng"),
    (lambda: Dense(3, 2, rng=0), TypeError, "default_rng(0)"),
    (lambda: Dense(0, 2, rng=rng()), ValueError, "in_features to be a positive integer"),
    (lambda: Dense(3, -1, rng=rng()), ValueError, "-1"),
    (lambda: Dense(3.0, 2, rng=rng()), TypeError, "3.0"),
    (lambda: Dense(True, 2, rng=rng()), TypeError, "True"),
    (lambda: Dense(3, 2, "relux", rng=rng()), ValueError, "'relu'"),
    (lambda: Dense(3, 2, 5, rng=rng()), TypeError, "5"),
    (lambda: Dense(3, 2, rng=rng(), dtype=int), TypeError, "float"),
    (lambda: Dense(3, 2, rng=rng())(np.ones((5, 4))), ValueError, "(5, 4)"),
    (lambda: Dense(3, 2, rng=rng())(np.ones(3)), ValueError, "reshape(1, -1)"),
    (lambda: Dense(784, 2, rng=rng())(np.ones((5, 28, 28))), ValueError, "reshape(len(x), -1)"),
    (lambda: Dense(3, 2, rng=rng())(Tensor(np.ones((5, 3)))), TypeError, "float32"),
    (lambda: Dense(3, 2, rng=rng())([["a"]]), TypeError, "real numbers"),
    (lambda: Sequential(), ValueError, "at least one"),
    (lambda: Sequential([Dense(3, 2, rng=rng())]), TypeError, "Sequential(*layers)"),
    (lambda: Module()(1), NotImplementedError, "forward"),
])
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)
