"""One event at a time.

Jupyter hands the messages of widgets to a second thread (ipykernel 7: a subshell), while cells run
in the first. Whoever changes a control or draws a picture holds this lock, so that nobody else sees
it half done. It is one for all
explorers: matplotlib and ipywidgets keep some of their state for the whole process.
"""

import threading

LOCK = threading.RLock()
