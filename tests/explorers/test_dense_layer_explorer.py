"""The numbers in the boxes and the kinked lines are those of the engine's layer, however the
formula is written.
"""

import re

import numpy as np
import pytest

from lecture3_engine import Dense
from lecture3_engine.explorers import DenseLayerExplorer
from lecture3_engine.explorers.dense_layer_explorer import FORMS, layer
from lecture3_engine.explorers.formats import two_decimals
from lecture3_engine.explorers.matrices import ENTRIES, B, W

SETTINGS = [
    {},
    dict(x0=0.35, x1=-2.0, x2=2.0, entry="W[1, 0]", change=-0.8),
    dict(x0=1.0, entry="b[0]", change=0.4),
]


def the_layer(entry="W[0, 0]", change=0.0):
    """An engine layer with the slide's numbers."""
    dense = Dense(3, 2, "relu", rng=np.random.default_rng(0), dtype=np.float64)
    parameters = np.append(W, B)
    parameters[ENTRIES.index(entry)] += change
    dense.kernel.data[:], dense.bias.data[:] = parameters[:6].reshape(2, 3).T, parameters[6:]
    return dense


def written(explorer):
    return [float(text.get_text().replace("−", "-")) for text in explorer.numbers]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("formula", FORMS)
def test_the_output_is_the_engines(settings, formula):
    explorer = DenseLayerExplorer(formula=formula, **settings)
    expected = the_layer(explorer.entry, explorer.change)(
        [[explorer.x0, explorer.x1, explorer.x2]]
    ).data[0]
    assert written(explorer)[-2:] == pytest.approx(expected, abs=0.006)
    for unit in range(2):
        assert f"= {two_decimals(expected[unit])}" in explorer.summary
    for i, unit, _, _, now in explorer.lines:
        assert now.get_xydata().tolist() == [
            [[explorer.x0, explorer.x1, explorer.x2][i], pytest.approx(expected[unit])]
        ]


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_lines_are_the_layer_with_one_input_moving(settings):
    explorer = DenseLayerExplorer(**settings)
    dense = the_layer(explorer.entry, explorer.change)
    for i, unit, before, after, _ in explorer.lines:
        for value in np.linspace(-2, 2, 41):
            x = np.array([explorer.x0, explorer.x1, explorer.x2])
            x[i] = value
            assert np.interp(value, *after.get_data()) == pytest.approx(
                dense([x]).data[0, unit], abs=1e-9
            )
            assert np.interp(value, *before.get_data()) == pytest.approx(
                x @ dense.kernel.data[:, unit] + dense.bias.data[unit], abs=1e-9
            )


def test_a_weight_of_zero_makes_a_level_line_and_no_warning():
    _, _, sums, _, along = layer((1.0, 1.0, 1.0), "W[0, 2]", -0.1)
    ends, before, _ = along[2][0]
    assert np.isfinite(ends).all()
    assert before == pytest.approx(np.full(3, sums[0]))


def test_the_two_ways_to_write_it_hold_the_same_numbers_transposed():
    row, column = (DenseLayerExplorer(formula=formula) for formula in FORMS)
    assert written(row)[3:9] == [0.30, 0.70, 0.45, 0.56, 0.10, 0.32]
    assert written(column)[:6] == [
        0.30,
        0.45,
        0.10,
        0.70,
        0.56,
        0.32,
    ]
    assert written(row)[9:] == written(column)[9:]
    assert [text.get_text() for text in row.captions][:2] == [
        "input\n(1, 3)",
        "kernel = W.T\n(3, 2)",
    ]
    assert [text.get_text() for text in column.captions][:2] == ["W\n(2, 3)", "x\n(3, 1)"]


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("formula", FORMS)
def test_the_frame_stands_around_the_number_that_was_changed(entry, formula):
    explorer = DenseLayerExplorer(entry=entry, change=0.1, formula=formula)
    x, y = explorer.chosen.get_xydata()[:4].mean(axis=0)
    inside = [text for text in explorer.numbers if np.allclose(text.get_position(), (x, y))]
    assert len(inside) == 1
    assert inside[0].get_text() == two_decimals(np.append(W, B)[ENTRIES.index(entry)] + 0.1)


@pytest.mark.slow
def test_the_sentence_says_what_relu_did():
    assert "relu has cut output 1 off at 0" in DenseLayerExplorer().summary
    assert "output 0 and output 1" in DenseLayerExplorer(x0=-2, x1=-2, x2=-2).summary
    assert "relu changes nothing" in DenseLayerExplorer(x0=1, x1=1, x2=1).summary
    assert (
        "W[1, 0] (kernel[0, 1]) is 0.90" in DenseLayerExplorer(entry="W[1, 0]", change=0.2).summary
    )
    assert "kernel" not in DenseLayerExplorer(formula="W x + b").summary


def test_the_sentence_is_true(undrawn):
    """Both forms, both ends of each slider, 200 random settings, and sums that are 0 or nearly so:
    against the slide's numbers alone.
    """
    explorer, rng = DenseLayerExplorer(), np.random.default_rng(0)
    sliders = {
        "x0": (-2, 2, 0.05),
        "x1": (-2, 2, 0.05),
        "x2": (-2, 2, 0.05),
        "change": (-0.8, 0.8, 0.01),
    }
    cases = [{name: end} for name in sliders for end in sliders[name][:2]]
    cases += [
        {"x0": -1.0, "x1": -0.45, "x2": 0.0},
        {"x0": -1.0, "x1": -0.45, "x2": 0.05},
        {"x0": -0.3, "x1": 0.0, "x2": 0.0},
    ]
    for _ in range(200):
        cases.append(
            {
                name: round(low + step * rng.integers(round((high - low) / step) + 1), 2)
                for name, (low, high, step) in sliders.items()
            }
            | {
                name: str(rng.choice(explorer.controls[name].options))
                for name in ("entry", "formula")
            }
        )
    for case in cases:
        explorer.set(**case)
        parameters = [0.30, 0.45, 0.10, 0.70, 0.56, 0.32, 0.50, 0.21]
        number = explorer.controls["entry"].options.index(explorer.entry)
        parameters[number] += explorer.change
        sums = np.round(
            np.reshape(parameters[:6], (2, 3)) @ [explorer.x0, explorer.x1, explorer.x2]
            + parameters[6:],
            9,
        )
        sentence = explorer.summary.replace("−", "-")
        assert float(re.search(r" is (\S+);", sentence)[1]) == pytest.approx(
            parameters[number], abs=1e-9
        )
        for unit, (before, after) in enumerate(
            re.findall(r"is relu\((\S+)\) = ([^\s:]+)", sentence)
        ):
            assert abs(float(before) - sums[unit]) <= 0.00501
            assert np.sign(float(before)) == np.sign(sums[unit])
            assert float(after) == max(float(before), 0)
        cut = [str(unit) for unit in range(2) if sums[unit] < 0]
        assert re.findall(r"output (\d)", sentence.rsplit(": ")[-1]) == cut
        assert ("relu changes nothing" in sentence) == (not cut)
