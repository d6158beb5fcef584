"""Questions with choices, each of which has its explanation.

There are predictions, before something is shown, and questions at the end of a notebook. A cell
that ends in one of them shows radio buttons. At an end question every choice is answered at once;
at a prediction it waits, folded, until the learner asks for it or comes to the cell
`prediction.answer()`, which opens once there is a prediction. Whoever reads without running sees
the question, its choices, and the answers one click away.

The texts live here and not in the notebooks: in a cell they would give the answer away above the
question.

Examples
--------
>>> prediction = Prediction(
...     "Which way does w go?",
...     {"up": "Up is where the loss grows.", "down": "Minus the gradient."},
...     right="down",
... )
>>> prediction
Which way does w go?
  A  up
  B  down
>>> prediction.answer()
→ Predict first
Choose an answer to the prediction above. Then you see here how it compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from .message import Message, inline

LETTERS = "ABCDEFGH"
NOT_CHOSEN = -1


@dataclass(frozen=True)
class Question:
    """A question with its choices.

    Parameters
    ----------
    text : str
        What is asked. `backticks` set code.
    choices : dict of str to str
        {choice: explanation}, two to eight.
    right : str
        One of the choices.
    term : str
        What it is about, if that is to be named.

    Raises
    ------
    ValueError
        If `right` is not one of the choices, there are too few or too many, or one has no
        explanation.

    Examples
    --------
    >>> question = Question("2 + 2?", {"4": "Twice 2.", "5": "One too many."}, right="4")
    >>> question.explain("5")
    'Not quite. One too many.'
    """

    text: str
    choices: dict[str, str]
    right: str
    term: str = ""

    def __post_init__(self) -> None:
        """Refuse a question that cannot be asked."""
        if self.right not in self.choices:
            raise ValueError(
                f"right: expected one of the choices, {', '.join(map(repr, self.choices))}."
                f" Received {self.right!r}."
            )
        if not 2 <= len(self.choices) <= len(LETTERS) or not all(
            text.strip() for text in self.choices.values()
        ):
            raise ValueError(
                f"choices: expected 2 to {len(LETTERS)} choices, each with an explanation. Received"
                f" {self.choices!r}."
            )

    def explain(self, choice: str) -> str:
        """Return what to say to whoever chose a choice.

        Parameters
        ----------
        choice : str
            One of the choices.

        Returns
        -------
        str
            Whether it is right, and its explanation.

        Examples
        --------
        >>> Question("2 + 2?", {"4": "Twice 2.", "5": "One more."}, right="4").explain("4")
        'Right. Twice 2.'
        """
        return f"{'Right.' if choice == self.right else 'Not quite.'} {self.choices[choice]}"


class QuestionsWidget(anywidget.AnyWidget):
    """The radio buttons.

    `chosen` and `first` are the present and the first choice for each question, -1 where there is
    none.
    """

    # Texts, not paths: see live/figure.py.
    _esm = Path(__file__).with_name("question.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("question.css").read_text(encoding="utf-8")

    questions: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    later = traitlets.Bool(False).tag(sync=True)
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)
    first = traitlets.List(traitlets.Int()).tag(sync=True)


class Questions:
    """One or several questions, as a notebook shows them.

    Parameters
    ----------
    *questions
        Each a `Question`.

    Examples
    --------
    >>> Questions(
    ...     Question("2 + 2?", {"4": "Twice 2.", "5": "One too many."}, right="4"),
    ...     Question("2 * 3?", {"5": "That is 2 + 3.", "6": "Twice 3."}, right="6"),
    ... )
    1. 2 + 2?
      A  4
      B  5
    <BLANKLINE>
    2. 2 * 3?
      A  5
      B  6
    """

    later = False  # whether the explanation waits until it is asked for

    def __init__(self, *questions: Question) -> None:
        self.questions = questions
        self._widget: QuestionsWidget | None = None

    @property
    def widget(self) -> QuestionsWidget:
        """The widget, made when it is first needed.

        The package holds many questions, a notebook shows a few. One that was closed cannot be
        shown again: the next takes over its answers.
        """
        if self._widget is None or self._widget.comm is None:
            nothing = [NOT_CHOSEN] * len(self.questions)
            chosen, first = (
                (self._widget.chosen, self._widget.first) if self._widget else (nothing, nothing)
            )
            self._widget = QuestionsWidget(
                questions=[_for_browser(q) for q in self.questions],
                later=self.later,
                chosen=chosen,
                first=first,
            )
        return self._widget

    @property
    def score(self) -> int:
        """How many questions were answered right at the first try."""
        return sum(
            list(q.choices).index(q.right) == first
            for q, first in zip(self.questions, self.widget.first, strict=True)
        )

    def __repr__(self) -> str:
        """Return the questions with their choices, as plain text."""
        return "\n\n".join(map(self._text, range(len(self.questions))))

    def _text(self, i: int) -> str:
        """Return one question as plain text."""
        choices = [
            f"  {letter}  {_plain(choice)}"
            for letter, choice in zip(LETTERS, self.questions[i].choices, strict=False)
        ]
        return "\n".join([_plain(self._numbered(i)), *choices])

    def _numbered(self, i: int) -> str:
        """Return what is asked, with its number if there are several."""
        return (
            f"{i + 1}. {self.questions[i].text}"
            if len(self.questions) > 1
            else self.questions[i].text
        )

    def _repr_html_(self) -> str:
        """Return the questions as HTML, with their answers folded: IPython calls this name."""
        return "".join(self._html(i) for i in range(len(self.questions)))

    def _html(self, i: int) -> str:
        """Return one question as HTML."""
        question = self.questions[i]
        choices, answers = (
            "<br>".join(
                f"&emsp;<b>{letter}</b>&ensp;{inline(text)}"
                for letter, text in zip(LETTERS, texts, strict=False)
            )
            for texts in (question.choices, map(question.explain, question.choices))
        )
        return (
            f"<p><b>{inline(self._numbered(i))}</b><br>{choices}</p>"
            f"<details><summary>Answer</summary><p>{answers}</p></details><br>"
        )

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a notebook stores: IPython calls this name to show it."""
        # Here, because it brings matplotlib, which a check does without.
        from ..live import stored  # noqa: PLC0415

        return stored.output(
            {"text/plain": repr(self), "text/html": self._repr_html_()}, self.widget
        )


class Prediction(Questions):
    """A question that is asked before anything is shown: `answer` compares, later.

    Parameters
    ----------
    text, choices, right
        As for every `Question`.

    Examples
    --------
    >>> prediction = Prediction("2 + 2?", {"4": "Twice 2.", "5": "One too many."}, right="4")
    >>> prediction
    2 + 2?
      A  4
      B  5
    """

    later = True

    def __init__(self, text: str, choices: dict[str, str], right: str) -> None:
        super().__init__(Question(text, choices, right))
        self._answer = Answer(self)

    def answer(self) -> Answer:
        """Return what compares the learner's choice with the answer, once there is a choice.

        Returns
        -------
        Answer
            In a notebook it opens by itself when the learner has chosen, before or after its cell
            is run.

        Examples
        --------
        >>> prediction = Prediction("2 + 2?", {"4": "Twice 2.", "5": "One too many."}, right="4")
        >>> prediction.answer()
        → Predict first
        Choose an answer to the prediction above. Then you see here how it compares.
        >>> prediction.widget.chosen = [1]
        >>> prediction.answer()
        ✗ You predicted B, and it is A, 4
        B: One too many.
        A: Twice 2.
        """
        return self._answer


class Answer:
    """How a prediction compares with the answer; closed until there is a prediction.

    Parameters
    ----------
    prediction : Prediction
        The question, with the learner's choice.

    Examples
    --------
    >>> prediction = Prediction("2 + 2?", {"4": "Twice 2.", "5": "One too many."}, right="4")
    >>> prediction.widget.chosen = [0]
    >>> Answer(prediction)
    ✓ You predicted it: A, 4
    Twice 2.
    """

    def __init__(self, prediction: Prediction) -> None:
        self.prediction = prediction
        self._widget: ipywidgets.HTML | None = None

    @property
    def message(self) -> Message:
        """What a learner reads now."""
        (question,), (chosen,) = self.prediction.questions, self.prediction.widget.chosen
        explanations = list(question.choices.values())
        right = list(question.choices).index(question.right)
        answer = f"{LETTERS[right]}, {question.right}"
        if chosen == NOT_CHOSEN:
            return Message(
                "answer",
                "Predict first",
                "Choose an answer to the prediction above. Then you see here how it compares.",
            )
        if chosen == right:
            return Message("right", f"You predicted it: {answer}", explanations[right])
        return Message(
            "wrong",
            f"You predicted {LETTERS[chosen]}, and it is {answer}",
            "\n\n".join(f"{LETTERS[i]}: {explanations[i]}" for i in (chosen, right)),
        )

    @property
    def widget(self) -> ipywidgets.HTML:
        """What a notebook shows: the message, which follows the learner's choice.

        One for all cells that show it, made when it is first needed. One that was closed cannot be
        shown again.
        """
        if self._widget is None or self._widget.comm is None:
            self._widget = ipywidgets.HTML()
        # observed once, however often: by the prediction's present widget, which may be another one
        self.prediction.widget.observe(self._show, "chosen")
        self._show()
        return self._widget

    def _show(self, change: object = None) -> None:
        """Show the message as it is now."""
        if self._widget is not None:
            self._widget.value = self.message._repr_html_()

    def __repr__(self) -> str:
        """Return it as plain text."""
        return repr(self.message)

    def _repr_html_(self) -> str:
        """Return it as HTML for readers who cannot choose, folded: IPython calls this name."""
        (question,) = self.prediction.questions
        answer = f"{LETTERS[list(question.choices).index(question.right)]}, {question.right}"
        return (
            "<details><summary>Recall what you predicted, then open the answer</summary>"
            f"<p><b>{inline(answer)}</b></p><p>{inline(question.choices[question.right])}</p>"
            "</details>"
        )

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a notebook stores: IPython calls this name to show it."""
        from ..live import stored  # noqa: PLC0415 see Questions

        return stored.output(
            {"text/plain": repr(self), "text/html": self._repr_html_()}, self.widget
        )


def _for_browser(question: Question) -> dict[str, Any]:
    """Return a question as `question.js` reads it."""
    return {
        "text": question.text,
        "choices": [[choice, question.explain(choice)] for choice in question.choices],
        "right": list(question.choices).index(question.right),
        "term": question.term,
    }


def _plain(text: str) -> str:
    """Return a text without its backticks."""
    return text.replace("`", "")
