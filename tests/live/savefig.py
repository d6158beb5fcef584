"""What LiveFigure.picture and the browser are compared with: the figure, all of it, drawn anew by
matplotlib.
"""

import io


def savefig(live):
    """The figure of a LiveFigure as PNG."""
    stale = live.figure.stale
    # matplotlib leaves out texts of the figure itself while they are animated
    for artist in live.artists:
        artist.set_animated(False)
    file = io.BytesIO()
    live.figure.savefig(file, format="png", dpi=live.figure.dpi)
    for artist in live.artists:
        artist.set_animated(True)
    # saving cleared it, or set it: neither says anything about the background
    live.figure.stale = stale
    return file.getvalue()
