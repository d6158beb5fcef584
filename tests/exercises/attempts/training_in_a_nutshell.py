"""Notebook 10."""

# ruff: noqa: RET503, T201, as students write

import numpy as np

import lecture3_engine as engine

from .table import right, wrong


@right("train_one_epoch")
def generator(model, loader, loss_fn, optimizer):
    for inputs, labels in loader:
        model.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
        yield loss.item()


@right("train_one_epoch")
def array(model, loader, loss_fn, optimizer):
    losses = np.zeros(len(loader))
    for i, data in enumerate(loader):
        inputs, labels = data
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        losses[i] = loss.item()
        optimizer.step()
        optimizer.zero_grad()
    return losses


@right("train_one_epoch")
def by_train_step(model, loader, loss_fn, optimizer):
    return tuple(engine.train_step(model, *batch, loss_fn, optimizer)[0] for batch in loader)


@right("train_one_epoch")
def with_while(net, data, criterion, opt):
    batches, losses = list(data), []
    while batches:
        x, y = batches.pop(0)
        loss = criterion(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses += [float(loss.data)]
    return losses


@right("train_one_epoch")
def by_fit(model, loader, loss_fn, optimizer):
    return engine.fit(model, loader, loss_fn, optimizer, 1, progress=False).step_losses


@right("train_one_epoch")
def gradients_set_to_none(model, loader, loss_fn, optimizer):
    def step(inputs, labels):
        for p in model.parameters():
            p.grad = None
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
        return np.float64(loss.item())

    return [step(*batch) for batch in loader]


@wrong("train_one_epoch", "backward_not_called")
def backward_without_parentheses(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward  # noqa: B018
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("train_one_epoch", "losses_kept_as_tensors")
def keeps_the_loss(model, loader, loss_fn, optimizer):
    losses = []
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses


@wrong("train_one_epoch", "only_the_last_loss")
def one_loss_at_the_end(model, loader, loss_fn, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


@wrong("train_one_epoch", "mean_of_the_losses")
def running_mean(model, loader, loss_fn, optimizer):
    total = 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


@wrong("train_one_epoch", "sum_of_the_losses")
def running_sum(model, loader, loss_fn, optimizer):
    total = 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


@wrong("train_one_epoch", "only_the_last_loss")
def list_inside_the_loop(model, loader, loss_fn, optimizer):
    for x, y in loader:
        losses = []
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("train_one_epoch", "returns_after_one_batch")
def returned_in_the_loop(model, loader, loss_fn, optimizer):
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        return losses


@wrong("train_one_epoch", words="gives back `None`")
def prints_the_losses(model, loader, loss_fn, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        print(loss.item())


@wrong("train_one_epoch", words="NameError: name 'criterion' is not defined")
def a_name_of_another_cell(model, loader, loss_fn, optimizer):
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)  # noqa: F821, that is the mistake
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@wrong("train_one_epoch")
def rounded_losses(model, loader, loss_fn, optimizer):
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(round(loss.item(), 3))
    return losses


@wrong("train_one_epoch", words="8 losses for one epoch of 4 batches")
def epochs_of_its_own(model, loader, loss_fn, optimizer):
    losses = []
    for _ in range(2):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@wrong("train_one_epoch")
def plain_descent_by_hand(model, loader, loss_fn, optimizer):
    losses = []
    for x, y in loader:
        model.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        for p in model.parameters():
            p.data -= optimizer.lr * p.grad
        losses.append(loss.item())
    return losses
