import copy
import pickle
import re
import time

import numpy as np
import pytest

from lecture3_engine import (
    SGD,
    Adam,
    Dense,
    Module,
    Parameter,
    Sequential,
    Tensor,
    check_gradient,
    cross_entropy,
    relu,
    train_step,
)


def rng():
    return np.random.default_rng(0)


def test_dense_is_the_formula_of_the_lecture():
    layer = Dense(3, 2, "relu", rng=rng(), dtype=np.float64)
    x = rng().standard_normal((5, 3))
    np.testing.assert_array_equal(
        layer(x).data, np.maximum(np.dot(x, layer.kernel.data) + layer.bias.data, 0)
    )


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
    assert not np.array_equal(
        layer.kernel.data, Dense(100, 400, rng=np.random.default_rng(1)).kernel.data
    )


def test_the_network_of_the_course_has_407050_parameters():
    model = Sequential(Dense(784, 512, "relu", rng=rng()), Dense(512, 10, rng=rng()))
    assert model.parameter_count == 407_050
    assert [p.shape for p in model.parameters()] == [(784, 512), (512,), (512, 10), (10,)]
    assert (
        repr(model)
        == "Sequential(Dense(784 -> 512, relu: 401,920 parameters), Dense(512 -> 10: 5,130"
        " parameters))"
    )


def test_a_layer_used_twice_has_one_kernel_and_both_gradients():
    layer = Dense(3, 3, "tanh", rng=rng(), dtype=np.float64)
    model = Sequential(layer, layer)
    assert len(model.parameters()) == 2
    x = rng().standard_normal((4, 3))
    model(x).sum().backward()
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
    for inputs in (
        np.ones((1, 3)),
        np.ones((1, 3), np.uint8),
        [[1, 2, 3]],
        np.ones((1, 3), np.float32),
    ):
        assert layer(inputs).dtype == np.float32


def test_activations():
    x = rng().standard_normal((2, 3))
    for activation in ("relu", "sigmoid", "tanh", "softmax", relu, lambda t: t * 2, None):
        assert Dense(3, 2, activation, rng=rng())(x).shape == (2, 2)
    assert Sequential(Dense(3, 2, rng=rng()), relu)(x).data.min() >= 0


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: Dense(3, 2), TypeError, "rng"),
        (lambda: Dense(3, 2, rng=0), TypeError, "default_rng(0)"),
        (lambda: Dense(0, 2, rng=rng()), ValueError, "in_features to be an integer of at least 1"),
        (lambda: Dense(3, -1, rng=rng()), ValueError, "-1"),
        (lambda: Dense(3.0, 2, rng=rng()), TypeError, "3.0"),
        (lambda: Dense(True, 2, rng=rng()), TypeError, "True"),
        (lambda: Dense(3, 2, "relux", rng=rng()), ValueError, "'relu'"),
        (lambda: Dense(3, 2, 5, rng=rng()), TypeError, "5"),
        *[
            (
                lambda dtype=dtype: Dense(3, 2, rng=rng(), dtype=dtype),
                TypeError,
                "dtype to be a float type",
            )
            for dtype in (int, bool, complex, str, None, "float99", {"names": ["a"], "formats": []})
        ],
        (lambda: Dense(3, 2, rng=rng())(np.ones((5, 4))), ValueError, "(5, 4)"),
        (lambda: Dense(3, 2, rng=rng())(np.ones(3)), ValueError, "reshape(1, -1)"),
        (lambda: Dense(784, 2, rng=rng())(np.ones((5, 28, 28))), ValueError, "reshape(len(x), -1)"),
        (
            lambda: Dense(3, 2, rng=rng())(Tensor(np.ones((5, 3)))),
            TypeError,
            "a Tensor of float32, as the kernel. Received float64",
        ),
        (
            lambda: Dense(3, 2, rng=rng(), dtype=float)(Tensor(np.ones((5, 3), np.float32))),
            TypeError,
            "a Tensor of float64, as the kernel. Received float32",
        ),
        (lambda: Dense(3, 2, rng=rng())([["a"]]), TypeError, "real numbers"),
        (Sequential, ValueError, "at least one"),
        (lambda: Sequential([Dense(3, 2, rng=rng())]), TypeError, "Sequential(*layers)"),
        (lambda: Sequential(Dense), TypeError, "Make a layer of the class first"),
        (lambda: Module()(1), NotImplementedError, "forward"),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


def test_the_cure_suits_what_is_no_layer():
    with pytest.raises(TypeError, match=r"Received 3\.$"):
        Sequential(3)


def network(seed=0):
    random = np.random.default_rng(seed)
    return Sequential(Dense(3, 4, "relu", rng=random), Dense(4, 2, rng=random))


class Two(Module):
    def __init__(self):
        self.first, self.scale = Dense(2, 2, rng=rng()), Parameter([1.0])
        self.rest = [network(), {"last": Parameter([2.0])}]


def test_names_are_those_of_torch():
    assert list(network().state_dict()) == ["0.kernel", "0.bias", "1.kernel", "1.bias"]
    shared = Dense(2, 2, rng=rng())
    assert list(Sequential(shared, shared, Dense(2, 1, rng=rng())).state_dict()) == [
        "0.kernel",
        "0.bias",
        "2.kernel",
        "2.bias",
    ]
    names = [
        "first.kernel",
        "first.bias",
        "scale",
        "rest.0.0.kernel",
        "rest.0.0.bias",
        "rest.0.1.kernel",
        "rest.0.1.bias",
        "rest.1.last",
    ]
    model = Two()
    assert list(model.state_dict()) == [name for name, _ in model.named_parameters()] == names
    assert [id(p) for _, p in model.named_parameters()] == [id(p) for p in model.parameters()]
    assert model.state_dict()["scale"] is model.scale.data  # not a copy, as in torch


def test_a_state_goes_into_a_file_and_back(tmp_path):
    model, again = network(0), network(1)
    arrays = [p.data for p in again.parameters()]
    np.savez(tmp_path / "model.npz", **model.state_dict())
    with np.load(tmp_path / "model.npz") as file:
        again.load_state_dict(file)
    for p, q, array in zip(model.parameters(), again.parameters(), arrays, strict=True):
        np.testing.assert_array_equal(p.data, q.data)
        # copied into the array that an optimizer or a state_dict may hold
        assert q.data is array
        assert q.data is not p.data
    again.load_state_dict(
        {name: array.astype(np.float64) + 1 for name, array in model.state_dict().items()}
    )
    assert all(p.dtype == np.float32 for p in again.parameters())
    assert again.layers[0].bias.data[0] == model.layers[0].bias.data[0] + 1
    again.load_state_dict({name: Tensor(array) for name, array in model.state_dict().items()})
    np.testing.assert_array_equal(again.layers[1].kernel.data, model.layers[1].kernel.data)


@pytest.mark.parametrize(
    "change, error, words",
    [
        (lambda state: None, TypeError, "NoneType"),
        (lambda state: list(state.items()), TypeError, "list"),
        (lambda state: state.pop("0.bias") is None or state, ValueError, "none for 0.bias"),
        (lambda state: state | {"2.kernel": np.ones(1)}, ValueError, "2.kernel too many"),
        (
            lambda state: {},
            ValueError,
            "arrays for 0.kernel, 0.bias, 1.kernel, 1.bias. Received none for 0.kernel, 0.bias",
        ),
        (
            lambda state: state | {"1.bias": np.ones(3)},
            ValueError,
            "1.bias of shape (2,). Received (3,). Build the same model",
        ),
        (
            lambda state: state | {"1.bias": np.ones((1, 2))},
            ValueError,
            "Received (1, 2). Build the same model",
        ),
        (lambda state: state | {"0.kernel": np.ones((4, 3))}, ValueError, "pass 0.kernel.T"),
        (lambda state: state | {"1.bias": ["a", "b"]}, TypeError, "real numbers"),
        (lambda state: state | {"1.bias": [[1], [1, 2]]}, ValueError, "rows of equal length"),
        (lambda state: state | {"1.bias": None}, TypeError, "real numbers"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, error, words):
    model = network()
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(error, match=re.escape(words)):
        model.load_state_dict(change({name: array + 1 for name, array in before.items()}))
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_a_module_without_parameters_says_so():
    with pytest.raises(ValueError, match=r"arrays for no parameters\. Received 0\.kernel too many"):
        Sequential(relu).load_state_dict({"0.kernel": np.ones(1)})


@pytest.mark.parametrize(
    "twin_of",
    [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))],
    ids=["deepcopy", "pickle"],
)
def test_a_copy_trains_on_with_the_same_numbers(twin_of):
    x, y = rng().standard_normal((8, 3)), np.arange(8) % 2
    model = network()
    optimizer = Adam(model.parameters(), lr=0.1)
    train_step(model, x, y, cross_entropy, optimizer)
    again, twin = twin_of((model, optimizer))
    for _ in range(3):
        assert (
            train_step(model, x, y, cross_entropy, optimizer)[0]
            == train_step(again, x, y, cross_entropy, twin)[0]
        )
    for p, q in zip(model.parameters(), again.parameters(), strict=True):
        assert p is not q
        np.testing.assert_array_equal(p.data, q.data)


def test_a_frozen_layer_stays_as_it_is():
    x, y = rng().standard_normal((8, 3)), np.arange(8) % 2
    model = network()
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    train_step(model, x, y, cross_entropy, optimizer)
    for p in model.layers[0].parameters():
        p.requires_grad = False
    before = copy.deepcopy(model.state_dict())
    train_step(model, x, y, cross_entropy, optimizer)
    changed = [(model.state_dict()[name] != before[name]).any() for name in before]
    assert changed == [False, False, True, True]
    assert model.layers[0].kernel.grad is None
    assert not model.layers[0](x).requires_grad  # nothing is remembered for it


def test_a_frozen_kernel_costs_no_product():
    layer = Dense(3, 2, rng=rng(), dtype=np.float64)
    layer.kernel.requires_grad = False
    outputs = layer(np.ones((4, 3)))
    assert [g is None for g in outputs.derivative(np.ones((4, 2)))] == [True, True, False]
    outputs.sum().backward()
    assert layer.kernel.grad is None
    assert (layer.bias.grad == 4).all()


def test_parameters_are_found_in_linear_time():
    """A log of 60,000 numbers took 0.67 s. Compared with a log ten times shorter, which the square
    of it would make a hundred times slower.
    """

    def seconds(n):
        model = network()
        model.log, model.more = [0.5] * n, [[i] for i in range(n)]
        times = []
        for _ in range(5):
            start = time.process_time()
            assert len(model.parameters()) == 4
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(60_000) < 40 * seconds(6_000)
