"""
Measure the queue of moderators with 100,000 reports, and one decision about 1,000 posts: `python -m bench.moderation`.

On a database of its own beside the sets that pages are measured on, made for the measurement and dropped after it.
"""

import sys

from bench.cluster import cluster
from bench.settings import call, production

if __name__ == "__main__":
    with cluster() as database_url:
        sys.exit(call("bench.moderation_run", production(database_url, STAFF_SECOND_FACTOR="0")))
