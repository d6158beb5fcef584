"""Times the training of a network: this engine, PyTorch eager, and the bare matrix products of the same shapes (the floor).

    python tests/benchmarks/training.py

One process; the three take turns slice by slice of the epoch, so that a noisy machine disturbs all alike. Same batches, same optimizer, same
threads. Needs torch and threadpoolctl. Prints seconds for an epoch, and the ratios that count.
"""

import statistics
import time

import numpy as np
import threadpoolctl
import torch

import lecture3_engine as engine

SLICES = 12


def engine_side(widths, optimizer):
    rng = np.random.default_rng(0)
    *hidden, last = list(zip(widths, widths[1:]))
    model = engine.Sequential(*[engine.Dense(*pair, "relu", rng=rng) for pair in hidden], engine.Dense(*last, rng=rng))
    walker = optimizer[0](model.parameters(), **optimizer[2])

    def train(batches):
        for inputs, labels in batches:
            engine.train_step(model, inputs, labels, engine.cross_entropy, walker)

    return train


def torch_side(widths, optimizer):
    torch.manual_seed(0)
    layers = []
    for pair in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(*pair), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    walker = optimizer[1](model.parameters(), **optimizer[2])
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


def floor_side(widths, _):
    rng = np.random.default_rng(0)
    kernels = [rng.standard_normal(pair).astype(np.float32) for pair in zip(widths, widths[1:])]

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


def race(widths, batches, optimizer, threads, rounds):
    torch.set_num_threads(threads)
    sides = {"engine": engine_side, "torch": torch_side, "floor": floor_side}
    runners = {name: side(widths, optimizer) for name, side in sides.items()}
    slices = [batches[i::SLICES] for i in range(SLICES)]
    seconds = {name: [] for name in sides}
    with threadpoolctl.threadpool_limits(threads):
        for run in runners.values():
            run(batches[:20])
        for _ in range(rounds):
            spent = dict.fromkeys(sides, 0.0)
            for part in slices:
                for name, run in runners.items():
                    start = time.perf_counter()
                    run(part)
                    spent[name] += time.perf_counter() - start
            for name in sides:
                seconds[name].append(spent[name])
    return seconds


def report(title, widths, batches, optimizers, rounds):
    print(f"\n{title}")
    print(f"{'optimizer':<22}{'threads':>8}{'engine s':>10}{'torch s':>10}{'floor s':>10}{'/ torch':>9}{'/ floor':>9}")
    for threads in (1, 2):
        for name, optimizer in optimizers.items():
            seconds = race(widths, batches, optimizer, threads, rounds)
            median = {side: statistics.median(values) for side, values in seconds.items()}
            ratio = {peer: statistics.median(a / b for a, b in zip(seconds["engine"], seconds[peer])) for peer in ("torch", "floor")}
            print(f"{name:<22}{threads:>8}{median['engine']:>10.3f}{median['torch']:>10.3f}{median['floor']:>10.3f}{ratio['torch']:>9.2f}"
                  f"{ratio['floor']:>9.2f}", flush=True)


def main():
    digits = engine.load_mnist()
    mnist = list(engine.DataLoader(digits.train_images, digits.train_labels, 128))
    rng = np.random.default_rng(0)
    small = [(rng.standard_normal((32, 64)).astype(np.float32), rng.integers(0, 10, 32)) for _ in range(500)]
    optimizers = {
        "SGD, momentum 0.9": (engine.SGD, torch.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
        "RMSprop": (engine.RMSprop, torch.optim.RMSprop, {"lr": 0.001}),
        "Adam": (engine.Adam, torch.optim.Adam, {"lr": 0.001}),
    }
    report("An epoch of MNIST: 784-512-10, batch 128, 469 steps, float32", (784, 512, 10), mnist, optimizers, rounds=5)
    report("500 steps of a small network: 64-32-10, batch 32, float32", (64, 32, 10), small, optimizers, rounds=9)


if __name__ == "__main__":
    main()
