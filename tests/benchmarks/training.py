"""Times the training of a network: this engine, PyTorch eager, and the bare matrix products of the
same shapes (the floor).

    python tests/benchmarks/training.py
    python tests/benchmarks/training.py --quick     (a few batches: its ratios say nothing)

Each optimizer of each side trains in a fresh process of its own, because one can help another that
comes after it: what it frees changes how the allocator hands out memory from then on. The three
processes take turns, slice by slice of the epoch, so that a noisy machine disturbs all alike. Same
batches, same hyperparameters, same threads. Needs torch. Prints seconds for an epoch, and the
ratios that count.
"""

import argparse
import itertools
import multiprocessing
import os
import statistics
import time

import numpy as np

SLICES = 8
PAUSE = 0.3  # seconds before each turn: the threads of the one before have stopped spinning
OPTIMIZERS = {
    "SGD": ("SGD", {"lr": 0.01}),
    "SGD, momentum 0.9": ("SGD", {"lr": 0.01, "momentum": 0.9}),
    "Adagrad": ("Adagrad", {"lr": 0.01}),
    "RMSprop": ("RMSprop", {"lr": 0.001}),
    "Adam": ("Adam", {"lr": 0.001}),
    "AdamW": ("AdamW", {"lr": 0.001}),
}


def batches_of(network):
    if network == "MNIST":
        import lecture3_engine as engine

        digits = engine.load_mnist()
        return list(engine.DataLoader(digits.train_images, digits.train_labels, 128))
    rng = np.random.default_rng(0)
    return [
        (rng.standard_normal((32, 64)).astype(np.float32), rng.integers(0, 10, 32))
        for _ in range(500)
    ]


def engine_side(widths, optimizer, hyperparameters):
    import lecture3_engine as engine

    rng = np.random.default_rng(0)
    *hidden, last = itertools.pairwise(widths)
    model = engine.Sequential(
        *[engine.Dense(*pair, "relu", rng=rng) for pair in hidden], engine.Dense(*last, rng=rng)
    )
    walker = getattr(engine, optimizer)(model.parameters(), **hyperparameters)

    def train(batches):
        for inputs, labels in batches:
            engine.train_step(model, inputs, labels, engine.cross_entropy, walker)

    return train


def torch_side(widths, optimizer, hyperparameters):
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    layers = []
    for pair in itertools.pairwise(widths):
        layers += [torch.nn.Linear(*pair), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    walker = getattr(torch.optim, optimizer)(model.parameters(), **hyperparameters)
    loss_fn = torch.nn.CrossEntropyLoss()

    def train(batches):
        for inputs, labels in batches:
            preds = model(torch.from_numpy(inputs))
            walker.zero_grad()
            loss = loss_fn(preds, torch.from_numpy(labels))
            loss.item()
            loss.backward()
            walker.step()

    return train


def floor_side(widths, *_):
    rng = np.random.default_rng(0)
    kernels = [rng.standard_normal(pair).astype(np.float32) for pair in itertools.pairwise(widths)]

    def train(batches):
        for inputs, _ in batches:
            activations = [inputs]
            for kernel in kernels:
                activations.append(activations[-1] @ kernel)
            g = activations[-1]
            for i in reversed(range(len(kernels))):
                activations[i].T @ g
                if i:
                    g = g @ kernels[i].T

    return train


SIDES = {"engine": engine_side, "torch": torch_side, "floor": floor_side}


def child(pipe, side, network, widths, optimizer, steps):
    """A process: trains a slice whenever it is asked to, and answers how many seconds that took."""
    train, batches = SIDES[side](widths, *optimizer), batches_of(network)[:steps]
    train(batches[:20])
    pipe.send("ready")
    for number in iter(pipe.recv, None):
        time.sleep(PAUSE)
        start = time.perf_counter()
        train(batches[number::SLICES])
        pipe.send(time.perf_counter() - start)


def race(network, widths, optimizer, threads, rounds, steps):
    """Seconds for an epoch of each side, round by round."""
    # read where NumPy and torch are imported: in the children
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(threads)
    spawn = multiprocessing.get_context("spawn")
    pipes, children = {}, []
    for side in SIDES:
        pipes[side], theirs = spawn.Pipe()
        children.append(
            spawn.Process(
                target=child, args=(theirs, side, network, widths, optimizer, steps), daemon=True
            )
        )
        children[-1].start()
        theirs.close()
        assert pipes[side].recv() == "ready"
    seconds = {side: [0.0] * rounds for side in SIDES}
    for i in range(rounds):
        for number in range(SLICES):
            for side, pipe in pipes.items():
                pipe.send(number)
                seconds[side][i] += pipe.recv()
    for pipe, one in zip(pipes.values(), children, strict=True):
        pipe.send(None)
        one.join()
    return seconds


def report(title, network, widths, optimizers, threads, rounds, steps=None):
    print(f"\n{title}")
    print(
        f"{'optimizer':<22}{'threads':>8}{'engine s':>10}{'torch s':>10}{'floor s':>10}"
        f"{'/ torch':>9}{'/ floor':>9}"
    )
    for count in threads:
        for name in optimizers:
            seconds = race(network, widths, OPTIMIZERS[name], count, rounds, steps)
            median = {side: statistics.median(values) for side, values in seconds.items()}
            ratio = {
                peer: statistics.median(
                    a / b for a, b in zip(seconds["engine"], seconds[peer], strict=True)
                )
                for peer in ("torch", "floor")
            }
            print(
                f"{name:<22}{count:>8}{median['engine']:>10.3f}{median['torch']:>10.3f}"
                f"{median['floor']:>10.3f}{ratio['torch']:>9.2f}{ratio['floor']:>9.2f}",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few batches of one optimizer, to see that it runs"
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--optimizers", nargs="+", choices=OPTIMIZERS, default=list(OPTIMIZERS))
    asked = parser.parse_args()
    if asked.quick:
        report(
            "A few steps of a small network: 64-32-10, batch 32, float32",
            "small",
            (64, 32, 10),
            ["Adam"],
            [1],
            rounds=1,
            steps=SLICES,
        )
        return
    report(
        "An epoch of MNIST: 784-512-10, batch 128, 469 steps, float32",
        "MNIST",
        (784, 512, 10),
        asked.optimizers,
        asked.threads,
        rounds=5,
    )
    report(
        "500 steps of a small network: 64-32-10, batch 32, float32",
        "small",
        (64, 32, 10),
        asked.optimizers,
        asked.threads,
        rounds=5,
    )


if __name__ == "__main__":
    main()
