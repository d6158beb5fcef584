"""Notebook 08."""

import math

import numpy as np

import lecture3_engine as engine

from .table import right, wrong

# rmsprop_step


@right("rmsprop_step")
def rmsprop_in_place(w, gradient, mean_square, lr, alpha, eps):
    mean_square *= alpha
    mean_square += (1 - alpha) * gradient * gradient
    w -= lr * gradient / (np.sqrt(mean_square) + eps)
    return w, mean_square


@right("rmsprop_step")
def rmsprop_as_one_array(w, gradient, mean_square, lr, alpha, eps):
    mean_square = mean_square + (1 - alpha) * (gradient**2 - mean_square)
    return np.array([w - lr * gradient / (mean_square**0.5 + eps), mean_square])


@right("rmsprop_step")
def rmsprop_entry_by_entry(w, gradient, mean_square, lr, alpha, eps):
    new, squares = [], []
    for one, g, s in zip(w, gradient, mean_square, strict=True):
        squares.append(alpha * s + (1 - alpha) * g**2)
        new.append(one - lr * g / (squares[-1] ** 0.5 + eps))
    return [new, squares]


@right("rmsprop_step")
def rmsprop_by_the_engine(weights, slope, s, rate=0.01, kept=0.99, tiny=1e-8):
    p = engine.Parameter(weights)
    p.grad = slope
    optimizer = engine.optim.RMSprop([p], lr=rate, alpha=kept, eps=tiny)
    optimizer.state[0]["mean_square"][:] = s
    optimizer.step()
    return p, optimizer.state[0]["mean_square"]


@right("rmsprop_step")
def rmsprop_with_a_function_inside(w, gradient, mean_square, lr, alpha, eps):
    def mix(old, new):
        return alpha * old + (1 - alpha) * new

    rates = lr / (np.sqrt(mix(mean_square, np.square(gradient))) + eps)
    return [w - rates * gradient, mix(mean_square, np.square(gradient))]


@wrong("rmsprop_step", words="should return 2 things")
def only_the_weights(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_in_place(w, gradient, mean_square, lr, alpha, eps)[0]


@wrong("rmsprop_step")
def returns_the_old_mean(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_as_one_array(w, gradient, mean_square, lr, alpha, eps)[0], mean_square


@wrong("rmsprop_step", "eps_beside_the_step")
def parentheses_missing(w, gradient, mean_square, lr, alpha, eps):
    s = alpha * mean_square + (1 - alpha) * gradient**2
    return w - lr * gradient / np.sqrt(s) + eps, s


@wrong("rmsprop_step", "uphill")
def adds_the_step(w, gradient, mean_square, lr, alpha, eps):
    s = alpha * mean_square + (1 - alpha) * gradient**2
    return w + lr * gradient / (np.sqrt(s) + eps), s


@wrong("rmsprop_step", "a_sum")
def adagrad(w, gradient, mean_square, lr, alpha, eps):
    mean_square += gradient**2
    return w - lr * gradient / (np.sqrt(mean_square) + eps), mean_square


@wrong("rmsprop_step", "other_order")
def mean_first(w, gradient, mean_square, lr, alpha, eps):
    return rmsprop_as_one_array(w, gradient, mean_square, lr, alpha, eps)[::-1]


@wrong("rmsprop_step")
def the_same_twice(w, gradient, mean_square, lr, alpha, eps):
    w, mean_square = rmsprop_as_one_array(w, gradient, mean_square, lr, alpha, eps)
    return w, w


@wrong("rmsprop_step", words="gives back `None`")
def in_place_and_no_return(w, gradient, mean_square, lr, alpha, eps):
    mean_square[:] = alpha * mean_square + (1 - alpha) * gradient**2
    w -= lr * gradient / (np.sqrt(mean_square) + eps)


@wrong("rmsprop_step")
def one_mean_for_all_weights(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * np.mean(gradient**2)
    return w - lr * gradient / (np.sqrt(mean_square) + eps), mean_square


@wrong("rmsprop_step", words="only 0-dimensional arrays can be converted")
def root_of_math(w, gradient, mean_square, lr, alpha, eps):
    mean_square = alpha * mean_square + (1 - alpha) * gradient**2
    return w - lr * gradient / (math.sqrt(mean_square) + eps), mean_square


@wrong("rmsprop_step")
def lr_over_the_root(w, gradient, mean_square, lr, alpha, eps):
    new = np.zeros_like(mean_square)
    for i in range(len(w)):
        new[i] = alpha * mean_square[i] + (1 - alpha) * gradient[i] ** 2
    return w - lr / (np.sqrt(new) + eps), new


# adam_step


@right("adam_step")
def adam_in_place(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m += (1 - beta1) * (gradient - m)
    v += (1 - beta2) * (gradient**2 - v)
    w -= lr / (1 - beta1**t) * m / (np.sqrt(v / (1 - beta2**t)) + eps)
    return w, m, v


@right("adam_step")
def adam_as_one_array(w, gradient, m, v, t, lr, beta1, beta2, eps):
    mean = np.average([m, gradient], axis=0, weights=[beta1, 1 - beta1])
    square = np.average([v, gradient**2], axis=0, weights=[beta2, 1 - beta2])
    step = mean / (1 - beta1**t) / ((square / (1 - beta2**t)) ** 0.5 + eps)
    return np.stack([w - lr * step, mean, square])


@right("adam_step")
def adam_by_the_engine(w, gradient, m, v, t, lr, beta1, beta2, eps):
    p = engine.Parameter(w)
    p.grad = gradient
    optimizer = engine.optim.Adam([p], lr=lr, betas=(beta1, beta2), eps=eps)
    optimizer.state[0].update(m=m, v=v, t=t - 1)
    optimizer.step()
    return p.data, m, v


@right("adam_step")
def adam_entry_by_entry(w, gradient, m, v, t, lr, beta1, beta2, eps):
    new = [[], [], []]
    for i, g in enumerate(gradient):
        mean = beta1 * m[i] + (1 - beta1) * g
        square = beta2 * v[i] + (1 - beta2) * g * g
        m_hat, v_hat = mean / (1 - beta1**t), square / (1 - beta2**t)
        for place, value in zip(
            new, (w[i] - lr * m_hat / (v_hat**0.5 + eps), mean, square), strict=True
        ):
            place.append(value)
    return new


@right("adam_step")
def adam_as_torch_has_it(p, grad, m, v, step, lr=1e-3, b1=0.9, b2=0.999, eps=1e-8):
    m = m * b1 + grad * (1 - b1)
    v = v * b2 + grad * grad * (1 - b2)
    step_size = lr / (1 - b1**step)
    return p - step_size * m / (np.sqrt(v) / math.sqrt(1 - b2**step) + eps), m, v


def adam_with(correction1=None, correction2=None, square=2):
    """Adam with other corrections than those that are asked for."""

    def adam_step(w, gradient, m, v, t, lr, beta1, beta2, eps):
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**square
        m_hat = m / (correction1 or (lambda beta, t: 1 - beta**t))(beta1, t)
        v_hat = v / (correction2 or (lambda beta, t: 1 - beta**t))(beta2, t)
        return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v

    return adam_step


def counts_on(beta, t):
    return 1 - beta ** (t + 1)


def nothing(beta, t):
    return 1


wrong("adam_step", "no_correction")(adam_with(nothing, nothing))
wrong("adam_step", "m_not_corrected")(adam_with(nothing))
wrong("adam_step", "v_not_corrected")(adam_with(None, nothing))
wrong("adam_step", "one_step_late")(adam_with(counts_on, counts_on))
wrong("adam_step", "v_not_squared")(adam_with(square=1))


@wrong("adam_step", "corrected_are_returned")
def same_names_for_the_corrected(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m /= 1 - beta1**t
    v /= 1 - beta2**t
    return w - lr * m / (np.sqrt(v) + eps), m, v


@wrong("adam_step")
def corrected_with_each_other(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    m_hat, v_hat = m / (1 - beta2**t), v / (1 - beta1**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@wrong("adam_step", "old_means")
def steps_first(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    return w, m, v


@wrong("adam_step")
def multiplied_by_the_correction(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * gradient**2
    return w - lr * m * (1 - beta1**t) / (np.sqrt(v * (1 - beta2**t)) + eps), m, v


@wrong("adam_step", words="should return 3 things")
def only_the_new_weights(w, gradient, m, v, t, lr, beta1, beta2, eps):
    return adam_in_place(w, gradient, m, v, t, lr, beta1, beta2, eps)[0]


@wrong("adam_step")
def means_not_returned(w, gradient, m, v, t, lr, beta1, beta2, eps):
    return adam_as_one_array(w, gradient, m, v, t, lr, beta1, beta2, eps)[0], m, v


@wrong("adam_step")
def v_of_the_new_mean(w, gradient, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * gradient
    v = beta2 * v + (1 - beta2) * m**2
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
