"""The garbage collector of a process that serves pages."""

import gc

# Requests leave cycles of objects, such as Django's template contexts, so all posts of a page wait for the collector.
# At this threshold it comes every 15 pages, for 1 or 2 ms. At 50,000 it held up one page in 150 for 20 ms; at Python's
# 700 it takes a tenth of the time of a page.
THRESHOLD = 5_000


def tune_collector() -> None:
    """Let the collector skip all objects that exist now, which are the program's, and collect others seldom."""
    gc.freeze()
    gc.set_threshold(THRESHOLD)
