"""Changes one thing in a module and runs its tests, for every change; lists the changes that no
test notices.

    pip install -e ".[test]" cosmic-ray==8.7.0 torch==2.13.0
    python tests/mutation.py                # every module below
    python tests/mutation.py surfaces       # this one
    python tests/mutation.py --every 10     # a tenth of the changes, in a few minutes

What is changed is cosmic-ray's choice. Its own runner rewrites the file and starts Python anew for
each of some thousand changes; here each runs in a fork of a process that has NumPy and torch
already, and no file changes. For Linux and macOS, where Python can fork.

What is left, and why: in every module

* `X & None` for `X | None` in an annotation, which Python never computes;
* an order for an equality where only one side can occur: `<=` for `==` between a word and those
  words that have not been asked for yet, or between 1 and what is at least 1;
* `==` for `is` between a class and classes; the last for the first of one; -2 for the -1 of
  reshape, which NumPy takes too.

tensor (33), of which 12 are annotations:
* other weights in the checksum, which notice as much; fewer than 4096 entries taken as the rest of
  a longer array, which are the same bytes;
* a copy or a look at shapes that was not needed, made all the same (`backward`, `_operands`);
  the check of requires_grad=False;
* `@overload`, which is for type checkers; sigmoid at 0, where both formulas give 1/2;
* not equivalent: the derivative of relu at NaN. 0 here, as NaN is not above 0; torch has 1. No test
  takes a side.
descent (10), 4 annotations: which quick look comes before the exact one, and to which minimum a
  lost run goes, for it is not recorded; `steps + 2` for a step that is never made.
functional (6), 1 annotation: the quick way to add the bias, which gives the same. Not equivalent:
  with inputs and a kernel of True and False alone it would raise an error.
optim (17), 2 annotations: where a large parameter is cut, and whether a weight decay of 0 takes the
  quick way: the numbers are the same; a look at lengths that have been checked.
finite_difference (10), 1 annotation: the two losses before the first nudge of "central", which
  computes both anew; the largest of no finite numbers, which is only asked for where the error is
  infinite anyway. Not equivalent: an epsilon or a tolerance of 0 in `check_gradient`;
  test_bad_input.py, which does not run here, notices both.
training (12), 5 annotations: validation in batches of 999 or 1001 instead of 1000, which is not
  documented; the dimensions of a Tensor asked of itself; whether labels are classes before the
  first batch, which nobody asks.
surfaces (8), 1 annotation: see above. layers (2): annotations.
"""

import argparse
import ast
import importlib
import importlib.util
import os
import signal
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).parents[1]
MODULES = [
    "tensor",
    "functional",
    "optim",
    "finite_difference",
    "descent",
    "training",
    "surfaces",
    "layers",
]
LIMIT = 300  # seconds; a change that never ends has been noticed
UNNOTICED, NOTICED, NONE = range(3)  # what a fork says at its end; NONE: 1e30 + 1 is 1e30
# The same examples each time, and no search for the smallest that fails.
settings.register_profile(
    "mutation", deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate]
)
# One other operator for each: of ten, most end in a TypeError and only flatter the score.
OTHER = {
    "Add_Sub",
    "Sub_Add",
    "Mul_Div",
    "Div_Mul",
    "Pow_Mul",
    "FloorDiv_Mul",
    "Mod_Mul",
    "BitAnd_BitOr",
    "BitOr_BitAnd",
}


def wanted(operator):
    kind, _, change = operator.removeprefix("core/").partition("_")
    if kind == "ReplaceBinaryOperator":
        return change in OTHER
    # `==` for `is` changes nothing between small numbers and short texts.
    return not change.endswith(("_Is", "_IsNot")) or change.startswith("Is")


def changes(source):
    """Each change that can be made: the operator's name, and its occurrence."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast(source)))
    for name in filter(wanted, operator_names()):
        operator = get_operator(name)
        # the others are to be set up for one project: names of variables
        if not operator.arguments():
            for occurrence in range(
                sum(len(list(operator().mutation_positions(node))) for node in nodes)
            ):
                yield name, occurrence


def changed(source, name, occurrence):
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    return mutate_code(source, get_operator(name)(), occurrence)


def tests(module, source):
    """Run the module's own tests and the comparison with torch on the changed source; whether all
    pass.
    """
    read = SourceFileLoader.get_code

    def get_code(loader, fullname):
        return (
            compile(source, loader.path, "exec")
            if fullname == f"lecture3_engine.{module}"
            else read(loader, fullname)
        )

    SourceFileLoader.get_code = get_code
    options = [
        "-xq",
        "-p",
        "no:cacheprovider",
        "-p",
        "_hypothesis_pytestplugin",
        "--hypothesis-profile=mutation",
        "-o",
        "addopts=",
        "--tb=no",
        "--rootdir",
        str(ROOT),
    ]
    files = [ROOT / f"tests/test_{name}.py" for name in (module, "against_torch")]
    return all(pytest.main([*options, str(file)]) == 0 for file in files)


def survivors(module, every):
    """Print each change that no test notices, and return the number of changes and of those."""
    source = (ROOT / f"lecture3_engine/{module}.py").read_text()
    everything = list(changes(source))[::every]
    running, said = {}, []

    def wait():
        pid, status = os.wait()
        change, outcome = running.pop(pid), os.waitstatus_to_exitcode(status)
        if change is None and outcome != UNNOTICED:
            sys.exit(f"{module}: the tests fail before anything is changed")
        if change is None:
            return
        said.append(outcome)
        if outcome != UNNOTICED:
            return
        lines = zip(source.splitlines(), changed(source, *change).splitlines(), strict=False)
        number, old, new = next((n, a, b) for n, (a, b) in enumerate(lines, 1) if a != b)
        print(f"    {number}: {old.strip()}  ->  {new.strip()}", flush=True)

    for change in [None, *everything]:
        if len(running) == os.cpu_count():
            wait()
        pid = os.fork()
        if pid == 0:
            signal.alarm(LIMIT)
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            outcome = NOTICED
            try:
                text = changed(source, *change) if change else source
                same = change and ast.dump(ast.parse(text)) == ast.dump(ast.parse(source))
                outcome = NONE if same else UNNOTICED if tests(module, text) else NOTICED
            finally:
                os._exit(outcome)
        running[pid] = change
    while running:
        wait()
    return len(said) - said.count(NONE), said.count(UNNOTICED)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", metavar="module")
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    missing = [name for name in ("cosmic_ray", "torch") if importlib.util.find_spec(name) is None]
    if missing:
        parser.error(
            f'{" and ".join(missing)} not installed: pip install -e ".[test]" cosmic-ray==8.7.0'
            " torch==2.13.0"
        )
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    os.chdir(ROOT)
    for name in ("numpy.random", "ipywidgets", "hypothesis.extra.numpy", "torch", "torch._dynamo"):
        importlib.import_module(name)
    # Loads what pytest is made of: no tests there.
    pytest.main(
        [
            "-qq",
            "-o",
            "addopts=",
            "-p",
            "no:cacheprovider",
            "--noconftest",
            str(ROOT / "lecture3_engine/data"),
        ]
    )
    for module in arguments.modules or MODULES:
        count, alive = survivors(module, arguments.every)
        print(
            f"{module}: {count - alive} of {count} noticed, {100 * (count - alive) / count:.1f}%",
            flush=True,
        )


if __name__ == "__main__":
    main()
