"""What the course answers a learner: a heading and a few sentences, as HTML in a notebook and as
plain text everywhere else.
"""

import html
import re

# Icon and word say it; the colour only repeats it.
LOOKS = {
    "right": ("✓", "#009E73"),
    "wrong": ("✗", "#D55E00"),
    "untried": ("○", "#9A9A9A"),
    "answer": ("→", "#0072B2"),
}


class Message:
    """An answer. `kind` is "right", "wrong", "untried" or "answer"; `print` it, or let a notebook
    show it.

    Texts are plain: a blank line begins a paragraph, `backticks` set code. `folded` is (summary,
    code): one click away in a notebook.
    """

    def __init__(self, kind, heading, text, folded=None):
        self.kind, self.heading, self.text, self.folded = kind, heading, text, folded

    @property
    def passed(self):
        return self.kind == "right"

    def __repr__(self):
        shown = self.folded[1] if self.kind == "answer" and self.folded else ""
        return "\n".join(
            part
            for part in (
                f"{LOOKS[self.kind][0]} {self.heading}",
                self.text.replace("\n\n", "\n"),
                shown,
            )
            if part
        )

    def _repr_html_(self):
        icon, color = LOOKS[self.kind]
        body = (
            f'<p style="margin:0 0 6px"><b><span style="color:{color}">{icon}</span>'
            f" {inline(self.heading)}</b></p>{paragraphs(self.text)}"
        )
        if self.folded:
            summary, code = self.folded
            body += f"<details><summary>{inline(summary)}</summary><pre><code>{html.escape(code)}</code></pre></details>"
        return (
            f'<div style="border-left:4px solid {color};padding:4px 0 4px'
            f' 14px;max-width:50em">{body}</div>'
        )


def inline(text):
    """One line of text as HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def paragraphs(text):
    """Text as HTML paragraphs."""
    return "".join(
        f'<p style="margin:0 0 6px">{inline(part)}</p>'
        for part in text.split("\n\n")
        if part.strip()
    )
