"""Questions with choices, each of which has its explanation: predictions before something is shown,
and questions at the end.

    prediction = Prediction("Which way?", {"up": "Up is where the loss grows.", "down": "Minus the
    gradient."}, right="down") questions = Questions(Question("...", {...}, right="..."),
    Question(...))

In a notebook a cell that ends in one of them shows radio buttons. At an end question every choice
is answered at once; at a prediction the answer waits, folded, until the learner asks for it or
comes to the cell `prediction.answer()`. Whoever reads without running sees the question, its
choices, and the answers one click away.

The texts live here and not in the notebooks: in a cell they would give the answer away above the
question.
"""

from dataclasses import dataclass
from pathlib import Path

import anywidget
import traitlets

from .message import Message, inline

LETTERS = "ABCDEFGH"
NOT_CHOSEN = -1


@dataclass(frozen=True)
class Question:
    """A question: `choices` are {choice: explanation}, `right` is one of them, `term` what it is
    about.
    """

    text: str
    choices: dict
    right: str
    term: str = ""

    def __post_init__(self):
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

    def explain(self, choice):
        """What to say to whoever chose `choice`."""
        return f"{'Right.' if choice == self.right else 'Not quite.'} {self.choices[choice]}"


class QuestionsWidget(anywidget.AnyWidget):
    """The radio buttons. `chosen` and `first` are the present and the first choice for each
    question, -1 where there is none.
    """

    # Texts, not paths: see live/figure.py.
    _esm = Path(__file__).with_name("question.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("question.css").read_text(encoding="utf-8")

    questions = traitlets.List().tag(sync=True)
    later = traitlets.Bool(False).tag(sync=True)
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)
    first = traitlets.List(traitlets.Int()).tag(sync=True)


class Questions:
    """One or several questions, as a notebook shows them."""

    later = False  # whether the explanation waits until it is asked for

    def __init__(self, *questions):
        self.questions = questions
        self._widget = None

    @property
    def widget(self):
        """The widget, made when it is first needed: the package holds many questions, a notebook
        shows a few.

        One that was closed cannot be shown again: the next takes over its answers.
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
    def score(self):
        """How many questions were answered right at the first try."""
        return sum(
            list(q.choices).index(q.right) == first
            for q, first in zip(self.questions, self.widget.first)
        )

    def __repr__(self):
        return "\n\n".join(map(self._text, range(len(self.questions))))

    def _text(self, i):
        choices = [
            f"  {letter}  {_plain(choice)}"
            for letter, choice in zip(LETTERS, self.questions[i].choices)
        ]
        return "\n".join([_plain(self._numbered(i)), *choices])

    def _numbered(self, i):
        return (
            f"{i + 1}. {self.questions[i].text}"
            if len(self.questions) > 1
            else self.questions[i].text
        )

    def _repr_html_(self):
        return "".join(self._html(i) for i in range(len(self.questions)))

    def _html(self, i):
        question = self.questions[i]
        choices, answers = (
            "<br>".join(
                f"&emsp;<b>{letter}</b>&ensp;{inline(text)}" for letter, text in zip(LETTERS, texts)
            )
            for texts in (question.choices, map(question.explain, question.choices))
        )
        return f"<p><b>{inline(self._numbered(i))}</b><br>{choices}</p><details><summary>Answer</summary><p>{answers}</p></details><br>"

    def _repr_mimebundle_(self, **kwargs):
        from ..live import stored  # here, because it brings matplotlib, which a check does without

        return stored.output(
            {"text/plain": repr(self), "text/html": self._repr_html_()}, self.widget
        )


class Prediction(Questions):
    """A question that is asked before anything is shown. `answer()` compares, later."""

    later = True

    def __init__(self, text, choices, right):
        super().__init__(Question(text, choices, right))

    def answer(self):
        """What the learner chose, and what is so: a `Message`."""
        (question,), (chosen,) = self.questions, self.widget.chosen
        right = list(question.choices).index(question.right)
        answer = f"{LETTERS[right]}, {question.right}"
        if chosen == NOT_CHOSEN:
            return Message("answer", f"The answer: {answer}", question.choices[question.right])
        if chosen == right:
            return Message("right", f"You predicted it: {answer}", question.choices[question.right])
        explanations = [
            f"{LETTERS[i]}: {list(question.choices.values())[i]}" for i in (chosen, right)
        ]
        return Message(
            "wrong",
            f"You predicted {LETTERS[chosen]}, and it is {answer}",
            "\n\n".join(explanations),
        )


def _for_browser(question):
    return {
        "text": question.text,
        "choices": [[choice, question.explain(choice)] for choice in question.choices],
        "right": list(question.choices).index(question.right),
        "term": question.term,
    }


def _plain(text):
    return text.replace("`", "")
