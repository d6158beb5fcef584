"""What a notebook does with what it shows: it asks for texts and pictures, and sends messages."""

from IPython.core.formatters import DisplayFormatter


def displayed(thing):
    """Return the data and the metadata that IPython stores of the last line of a cell."""
    return DisplayFormatter().format(thing)


def send(widget, content):
    """Send a widget what the JavaScript of its view sends."""
    data = {"method": "custom", "content": content}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": []})
