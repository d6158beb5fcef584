"""Changes one thing in a module and runs its tests, for every change; lists the changes that no
test notices.

    pip install -e ".[test]" cosmic-ray==8.7.0 torch==2.13.0
    python tests/mutation.py                # every module below
    python tests/mutation.py surfaces       # this one
    python tests/mutation.py --every 10     # a tenth of the changes: minutes instead of an hour

What is changed is cosmic-ray's choice. Its own runner rewrites the file and starts Python anew for
each of some thousand changes; here each runs in a fork of a process that has NumPy and torch
already, and no file changes. For Linux and macOS, where Python can fork.

What is left, and why: in every module

* an order for an equality where only one side can occur: `<=` for `==` between a word and those
  words that have not been asked for yet, or between 1 and what is at least 1; `>` for `!=` between
  "f" and the kinds that are allowed;
* `==` for `is` between a class and classes; the last for the first of one; -2 for the -1 of
  reshape, which NumPy takes too.

tensor (35):
* other weights, dtypes or lengths in the checksum: it notices as much;
* a sum over axes of length 1, a copy, a cast or a look at shapes that was not needed, made all the
  same (`_fit_to`, `_operands`, `backward`), or left out where what it is for cannot occur: no
  gradient is narrower than its operand, a mean of nothing is refused before, abs neither warns nor
  refuses True and False;
* what only its type matters of (keepdims of any, all, size); a leaf keeps its gradient, asked or
  not; sigmoid at 0, where both formulas give 1/2; the last for the first axis in size((0, 1)),
  which is not documented;
* not equivalent: the derivative of relu at NaN. 0 here, as NaN is not above 0; torch has 1. No test
  takes a side.
functional (5): see above.
optim (18): where a large parameter is cut, and whether 0 takes the quick way: the numbers are the
  same; a mark that is False, for only its presence is asked for; a state that held all of update's
  arguments, w and g among them.
finite_difference (10): the largest of no finite numbers, which is only asked for where the error is
  infinite anyway.
descent (26): step 0 as one at which a run is lost, for a start beyond 1e30 is refused; to which
  minimum a lost run goes and what it remembers there, for it is not recorded; which quick look
  comes before the exact one; with keep_path=False all points written to the place of the last.
training (12): a mean of batches of 999 or 1001 instead of 1000; the finiteness of whole numbers;
  labels without an axis, which have no length; the dimensions of a Tensor asked of itself.
surfaces (10): see above. layers: none.
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
    files = [
        ROOT / f"tests/test_{name}.py" for name in (module, "documented_edges", "against_torch")
    ]
    return all(pytest.main([*options, str(file)]) == 0 for file in files if file.exists())


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
            f"{module}: {count - alive} of {count} noticed, {100 * (count - alive) / count:.1f} %",
            flush=True,
        )


if __name__ == "__main__":
    main()
