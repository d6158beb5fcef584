"""What the course answers a learner: a heading and a few sentences.

They are HTML in a notebook and plain text everywhere else.
"""

from __future__ import annotations

import html
import re

# Icon and word say it; the color only repeats it.
LOOKS = {
    "right": ("✓", "#009E73"),
    "wrong": ("✗", "#D55E00"),
    "untried": ("○", "#9A9A9A"),
    "answer": ("→", "#0072B2"),
}


class Message:
    """An answer: `print` it, or let a notebook show it.

    Parameters
    ----------
    kind : "right", "wrong", "untried" or "answer"
        What it says of the learner's work, if anything.
    heading : str
        One line.
    text : str
        A blank line begins a paragraph, `backticks` set code. All else is plain.

    Examples
    --------
    >>> message = Message("right", "square: right", "`x**2` is `x * x`.")
    >>> message
    ✓ square: right
    `x**2` is `x * x`.
    >>> message.passed
    True
    """

    def __init__(self, kind: str, heading: str, text: str) -> None:
        self.kind, self.heading, self.text = kind, heading, text

    @property
    def passed(self) -> bool:
        """Whether the learner's work is right."""
        return self.kind == "right"

    def __repr__(self) -> str:
        """Return it as plain text."""
        text = self.text.replace("\n\n", "\n")
        return f"{LOOKS[self.kind][0]} {self.heading}\n{text}"

    def _repr_html_(self) -> str:
        """Return it as HTML: IPython calls this name to show it."""
        icon, color = LOOKS[self.kind]
        body = (
            f'<p style="margin:0 0 6px"><b><span style="color:{color}">{icon}</span>'
            f" {inline(self.heading)}</b></p>{paragraphs(self.text)}"
        )
        return (
            f'<div style="border-left:4px solid {color};padding:4px 0 4px'
            f' 14px;max-width:50em">{body}</div>'
        )


def inline(text: str) -> str:
    """Return one line of text as HTML.

    Parameters
    ----------
    text : str
        `backticks` set code.

    Returns
    -------
    str
        Safe to put into a page.

    Examples
    --------
    >>> inline("`a < b`, or not")
    '<code>a &lt; b</code>, or not'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def paragraphs(text: str) -> str:
    """Return text as HTML paragraphs.

    Parameters
    ----------
    text : str
        A blank line begins a paragraph, `backticks` set code.

    Returns
    -------
    str
        Safe to put into a page.

    Examples
    --------
    >>> paragraphs("one `a`")
    '<p style="margin:0 0 6px">one <code>a</code></p>'
    """
    return "".join(
        f'<p style="margin:0 0 6px">{inline(part)}</p>'
        for part in text.split("\n\n")
        if part.strip()
    )
