"""Measure search on SQLite: `python -m bench.search_sqlite [posts]`, 100,000 posts in a file of its own."""

import sys
import tempfile

from bench.settings import call, production

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="microblog-search-") as folder:
        sys.exit(call("bench.search_sqlite_run", production(f"sqlite:///{folder}/bench.db"), *sys.argv[1:]))
