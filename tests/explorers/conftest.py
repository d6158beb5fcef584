"""What the tests of the explorers share."""

import pytest


@pytest.fixture
def undrawn(monkeypatch):
    """Explorers compute and speak, and paint nothing: hundreds of sentences in seconds."""

    def refresh(live, summary=None, travels=()):
        live._say(live.summary if summary is None else summary)

    monkeypatch.setattr("lecture3_engine.live.figure.LiveFigure.refresh", refresh)
