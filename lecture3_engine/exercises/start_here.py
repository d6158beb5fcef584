"""Notebook 00: a first prediction and a first exercise, to see how both work."""

import numpy as np

from .exercise import exercise
from .question import Prediction


@exercise(
    task=(
        "Return the accuracy: the share of predictions that are right, a number from 0 to 1."
        " `y_pred` are the digits that a network named, `y_true` those that were written. `y_pred"
        " == y_true` compares them one by one, and `np.mean` counts True as 1 and False as 0."
    ),
    cases=[
        dict(y_pred=np.array([5, 0, 9, 1]), y_true=np.array([5, 0, 4, 1])),
        dict(y_pred=np.array([7, 7]), y_true=np.array([2, 3])),
        dict(y_pred=np.array([3, 1, 4, 1, 5]), y_true=np.array([3, 3, 4, 8, 8])),
    ],
    further=(
        "100 % can be had by learning the answers by heart. That is why accuracy is measured on"
        " digits that were not trained on."
    ),
)
def share_right(y_pred, y_true):
    return np.mean(y_pred == y_true)


@share_right.mistake(
    "That is how many are right. For the share divide by how many there are: `np.mean` in place of"
    " `np.sum`."
)
def count(y_pred, y_true):
    return np.sum(y_pred == y_true)


@share_right.mistake(
    "That is the share that is wrong: `!=` is true where the two differ, `==` where they agree."
)
def share_wrong(y_pred, y_true):
    return np.mean(y_pred != y_true)


@share_right.mistake("That is the accuracy in percent. Return the share, from 0 to 1.")
def percent(y_pred, y_true):
    return 100 * np.mean(y_pred == y_true)


@share_right.mistake(
    "That is an answer for each digit, True or False. Their mean is the share that is right:"
    " `np.mean(...)`."
)
def one_by_one(y_pred, y_true):
    return y_pred == y_true


@share_right.mistake(
    "You average the distance between the digits. To read a 4 as a 9 is no worse than to read it as"
    " a 5: compare with `==`."
)
def distance(y_pred, y_true):
    return np.mean(np.abs(y_pred - y_true))


prediction = Prediction(
    "In a long valley gradient descent with a learning rate of 0.03 comes down slowly. What will"
    " happen with steps about three times as large, 0.1?",
    {
        "it arrives about three times as soon": (
            "So it would if each step still led down. Across this valley the slope is too steep for"
            " that."
        ),
        "it arrives at the same time, on another way": (
            "Larger steps are not just another way to walk: from a certain size on they lead up."
        ),
        "it never arrives": (
            "Each step goes so far past the valley floor that it ends higher on the other side. The"
            " limit is 0.08 here, and notebook 06 explains it."
        ),
    },
    right="it never arrives",
)
