"""The numbers in the boxes and the kinked lines are those of the engine's layer, however the
formula is written.
"""

import re

import numpy as np
import pytest

from lecture3_engine import Dense
from lecture3_engine.explorers import DenseLayerExplorer
from lecture3_engine.explorers.dense_layer_explorer import FORMS, HIGH, LOW, layer
from lecture3_engine.explorers.formats import two_decimals
from lecture3_engine.explorers.matrices import ENTRIES, B, W
from lecture3_engine.live import Pointer
from lecture3_engine.live.figure import plain

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
        "input (1, 3)",
        "kernel = W.T  (3, 2)",
    ]
    assert [text.get_text() for text in column.captions][:2] == ["W (2, 3)", "x (3, 1)"]


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("formula", FORMS)
def test_the_frame_stands_around_the_number_that_was_changed(entry, formula):
    explorer = DenseLayerExplorer(entry=entry, change=0.1, formula=formula)
    x, y = explorer.chosen.get_xydata()[:4].mean(axis=0)
    inside = [text for text in explorer.numbers if np.allclose(text.get_position(), (x, y))]
    assert len(inside) == 1
    assert inside[0].get_text() == two_decimals(np.append(W, B)[ENTRIES.index(entry)] + 0.1)


@pytest.mark.parametrize("settings", [*SETTINGS, dict(x0=-2, x1=-2, x2=-2, entry="W[0, 1]")])
@pytest.mark.parametrize("formula", FORMS)
def test_products_stand_on_the_line_of_their_two_numbers_and_an_arrow_leads_from_what_relu_cuts(
    settings, formula
):
    explorer = DenseLayerExplorer(formula=formula, **settings)
    dense, unit = the_layer(explorer.entry, explorer.change), explorer.unit()
    x = [explorer.x0, explorer.x1, explorer.x2]
    # in both forms the second matrix has a row for each input
    rows = sorted({y for _, y in explorer.places()[1]}, reverse=True)
    for i, text in enumerate(explorer.products):
        weight = dense.kernel.data[i, unit]
        name, one, other, product = re.fullmatch(
            r"(\S+): (\S+) × (\S+) = (\S+)", text.get_text()
        ).groups()
        assert name == f"x{'₀₁₂'[i]}"
        factors = [two_decimals(x[i]), two_decimals(weight)]
        assert [one, other] == (factors if formula == FORMS[0] else factors[::-1])
        assert product == two_decimals(x[i] * weight)
        assert text.get_position()[1] == rows[i]

    sums = x @ dense.kernel.data + dense.bias.data
    cut = sums < 0
    # an arrow between a sum that is cut and its output, and pointing there
    sums_, outputs = (places[cut] for places in explorer.places()[3:])
    arrows = explorer.arrows.get_xydata().reshape(-1, 2)
    np.testing.assert_allclose(arrows, (sums_ + outputs) / 2)
    marker = explorer.arrows._marker
    head = marker.get_transform().transform(marker.get_path().vertices[1])
    ways = (outputs - sums_) / np.linalg.norm(outputs - sums_, axis=1, keepdims=True)
    np.testing.assert_allclose(
        np.tile(head / np.linalg.norm(head), (cut.sum(), 1)), ways, atol=1e-9
    )
    for value, (fall, start) in zip(x, explorer.falls, strict=True):
        below = np.maximum(sums[cut], LOW)
        np.testing.assert_allclose(
            start.get_xydata().reshape(-1, 2).T, [[value] * cut.sum(), below]
        )
        assert list(fall.get_ydata()) == ([pytest.approx(below.min()), 0] if cut.any() else [])


def test_the_chosen_number_is_named_by_what_it_connects():
    explorer = DenseLayerExplorer(entry="W[1, 2]")
    assert explorer.told.get_text() == "W[1, 2]: from x₂ to output 1"
    explorer.entry = "b[0]"
    assert explorer.told.get_text() == "b[0]: bias of output 0"


def test_an_output_beyond_the_picture_is_an_arrowhead_at_its_edge():
    explorer = DenseLayerExplorer(x0=2, x1=2, x2=2, change=0.8)
    marks = [(now.get_marker(), now.get_ydata()[0]) for _, unit, *_, now in explorer.lines if unit]
    assert marks == [("^", HIGH)] * 3
    explorer.change = 0
    assert {now.get_marker() for *_, now in explorer.lines} == {"o"}


def cells(explorer):
    """The place of each number, and it: of the matrices from left to right."""
    return [(text.get_position(), text.get_text()) for text in explorer.numbers]


@pytest.mark.parametrize("formula", FORMS)
def test_an_output_stands_where_its_row_and_its_column_meet(formula):
    explorer = DenseLayerExplorer(formula=formula)
    matrices = explorer.places()
    inputs, kernel = matrices[:2] if formula == FORMS[0] else matrices[1::-1]
    one, other = (0, 1) if formula == FORMS[0] else (1, 0)  # the coordinate along the input
    sums = matrices[3]
    assert np.ptp(inputs[:, other]) == 0
    for unit in range(2):
        of_unit = kernel[unit::2] if formula == FORMS[0] else kernel[3 * unit : 3 * unit + 3]
        assert np.ptp(of_unit[:, one]) == 0
        for part in matrices[2:]:  # bias, sum, output
            assert part[unit, one] == of_unit[0, one]
        assert sums[unit, other] == inputs[0, other]


@pytest.mark.parametrize("entry", ["W[0, 2]", "W[1, 0]", "b[0]", "b[1]"])
@pytest.mark.parametrize("formula", FORMS)
def test_the_frames_stand_around_all_that_makes_an_output_and_nothing_else(entry, formula):
    """Of the chosen number's output."""
    explorer = DenseLayerExplorer(entry=entry, formula=formula)
    unit = int(entry[2])
    frames = np.split(explorer.meet.get_xydata(), 2)
    inside = {
        number
        for number, ((x, y), _) in enumerate(cells(explorer))
        for frame in frames
        if np.nanmin(frame[:, 0]) < x < np.nanmax(frame[:, 0])
        and np.nanmin(frame[:, 1]) < y < np.nanmax(frame[:, 1])
    }
    if formula == FORMS[0]:
        expected = {0, 1, 2, 3 + unit, 5 + unit, 7 + unit}
    else:
        expected = {3 * unit, 3 * unit + 1, 3 * unit + 2, 6, 7, 8}
    assert inside == expected | {9 + unit, 11 + unit, 13 + unit}


@pytest.mark.parametrize("formula", FORMS)
def test_a_number_is_chosen_by_a_click_and_follows_the_hand(formula):
    explorer = DenseLayerExplorer(formula=formula)
    page = explorer.page

    def drag(number, *moves):
        (x, y), _ = cells(explorer)[number]
        explorer._pointed(Pointer("down", page, x, y))
        for move in moves:
            explorer._pointed(Pointer("move", page, x, y + move))
        explorer._pointed(Pointer("up", page, x, y + (moves[-1] if moves else 0)))

    of_kernel = 3 + 2 if formula == FORMS[0] else 1  # W[0, 1]
    drag(of_kernel)
    assert (explorer.entry, explorer.change) == ("W[0, 1]", 0)
    drag(of_kernel, 0.3, -0.2)
    assert (explorer.entry, explorer.change) == ("W[0, 1]", -0.1)
    assert cells(explorer)[of_kernel][1] == "0.35"
    drag(of_kernel, 0.1)  # goes on from where it is
    assert explorer.change == pytest.approx(-0.05)
    drag(10, 0.2)  # of b[1]; W[0, 1] has its own value again
    assert (explorer.entry, explorer.change) == ("b[1]", 0.1)
    assert cells(explorer)[of_kernel][1] == "0.45"
    before = explorer.state
    of_input = 1 if formula == FORMS[0] else 7
    drag(of_input, -0.4)
    assert explorer.state == before | {"x1": 0.5}
    drag(13)  # output 0 stands for what makes it
    assert explorer.unit() == 0
    explorer._pointed(Pointer("down", page, -5, 20))  # beside all of them
    explorer._pointed(Pointer("move", page, -5, 21))
    assert explorer.state == before | {"x1": 0.5, "entry": "b[0]", "change": 0}


@pytest.mark.slow
def test_the_sentence_says_what_relu_did():
    assert DenseLayerExplorer().summary.startswith("relu cuts output 1 off. ")
    assert "cuts both outputs off" in DenseLayerExplorer(x0=-2, x1=-2, x2=-2).summary
    assert "lets both outputs through" in DenseLayerExplorer(x0=1, x1=1, x2=1).summary
    assert DenseLayerExplorer().summary.endswith(
        "Output 1 is a row times a column, plus a bias: −0.7 + 0.56 − 0.32 + 0.21 = −0.25; relu"
        " makes it 0."
    )


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
    for _ in range(100):
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
        verdict, cut = explorer.live.said[0], [unit for unit in range(2) if sums[unit] < 0]
        assert len(plain(verdict).split()) <= 8
        assert ("both outputs off" in verdict) == (len(cut) == 2)
        assert ("both outputs through" in verdict) == (not cut)
        if len(cut) == 1:
            assert plain(verdict) == f"relu cuts output {cut[0]} off."
        unit, terms, total, end = re.search(
            r"Output (\d) is a row times a column, plus a bias: (.+) = (\S+); relu (.+)\.",
            explorer.summary.replace("−", "-"),
        ).groups()
        unit = int(unit)
        assert unit == (number // 3 if number < 6 else number - 6)
        products = np.multiply(
            parameters[3 * unit : 3 * unit + 3], [explorer.x0, explorer.x1, explorer.x2]
        )
        written = [float(term) for term in terms.replace("- ", "-").replace("+ ", "").split()]
        assert written == pytest.approx([*products, parameters[6 + unit]], abs=1e-9)
        assert float(total) == pytest.approx(sums[unit], abs=1e-9)
        assert end == ("makes it 0" if unit in cut else "lets it through")
