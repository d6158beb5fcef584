"""Notebook 00: a first prediction and a first exercise, to see how both work."""

import numpy as np

from .exercise import exercise
from .question import Prediction


@exercise(
    task=(
        "Return the accuracy: the fraction of predictions that are right, a number from 0 to 1."
        " `y_pred` holds the digits that a network named, `y_true` those that were written."
        " Comparing two NumPy arrays gives True or False for each pair of entries, and True counts"
        " as 1."
    ),
    cases=[
        dict(y_pred=np.array([5, 0, 9, 1]), y_true=np.array([5, 0, 4, 1])),
        dict(y_pred=np.array([7, 7]), y_true=np.array([2, 3])),
        dict(y_pred=np.array([3, 1, 4, 1, 5]), y_true=np.array([3, 3, 4, 8, 8])),
        dict(y_pred=np.array([6, 0, 9]), y_true=np.array([6, 9, 0])),  # the same digits, elsewhere
    ],
    further=(
        "a network can get 100% by memorizing the answers. That is why accuracy is measured on"
        " digits that it was not trained on."
    ),
)
def share_right(y_pred, y_true):
    return np.mean(y_pred == y_true)


@share_right.mistake(
    "That is how many are right. To get the fraction, divide by how many there are: use `np.mean`"
    " instead of `np.sum`."
)
def count(y_pred, y_true):
    return np.sum(y_pred == y_true)


@share_right.mistake(
    "That is the fraction that is wrong: `!=` is true where the two differ, `==` where they agree."
)
def share_wrong(y_pred, y_true):
    return np.mean(y_pred != y_true)


@share_right.mistake("That is the accuracy in percent. Return the fraction, from 0 to 1.")
def percent(y_pred, y_true):
    return 100 * np.mean(y_pred == y_true)


@share_right.mistake(
    "That is an answer for each digit, True or False. Their mean is the fraction that is right:"
    " `np.mean(...)`."
)
def one_by_one(y_pred, y_true):
    return y_pred == y_true


@share_right.mistake(
    "You average the distance between the digits. Reading a 4 as a 9 is no worse than reading it as"
    " a 5: compare with `==`."
)
def distance(y_pred, y_true):
    return np.mean(np.abs(y_pred - y_true))


@share_right.mistake(
    "You count a prediction as right if its digit occurs anywhere in `y_true`. Each prediction has"
    " its own true digit: compare entry by entry, with `==`."
)
def anywhere(y_pred, y_true):
    return np.mean(np.isin(y_pred, y_true))


@share_right.mistake(
    "You stop at the first pair: is `return` inside the loop? It belongs after the loop, indented"
    " as far as `for`."
)
def returns_in_the_loop(y_pred, y_true):
    return (y_pred[0] == y_true[0]) / len(y_true)


@share_right.mistake("You round the fraction. Return it as it is: 1/3 is neither 0.3 nor 0.33.")
def rounded(y_pred, y_true):
    return round(float(np.mean(y_pred == y_true)), 2)


prediction = Prediction(
    "In a long valley, gradient descent with a learning rate of 0.03 comes down slowly. What will"
    " happen with steps about three times as large, 0.1?",
    {
        "it arrives in about a third of the time": (
            "It would if each step still led down. Across this valley the slope is too steep for"
            " that."
        ),
        "it arrives at the same time, by another route": (
            "Larger steps do more than change the route: beyond a certain size they lead up."
        ),
        "it never arrives": (
            "Each step goes so far past the valley floor that it ends higher on the other side. The"
            " limit is 0.08 here, and notebook 06 explains it."
        ),
    },
    right="it never arrives",
)
