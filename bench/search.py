"""
Measure Elasticsearch: `python -m bench.search [s|m|l]`.

Building the index of a set, searching it, writing posts with and without indexing, and catching up. Needs what
`bench` does, and the servers of `make services`.
"""

import os
import sys

from bench.__main__ import main

if __name__ == "__main__":
    names = ("ELASTICSEARCH_URL", "REDIS_URL")
    if missing := [f"TEST_{name}" for name in names if not os.environ.get(f"TEST_{name}")]:
        sys.exit(f'{" and ".join(missing)} must be set: eval "$(make -s services)"')
    servers = {name: os.environ[f"TEST_{name}"] for name in names}
    sys.exit(main(*sys.argv[1:], module="bench.search_run", ELASTICSEARCH_PREFIX="bench", **servers))
