"""
Measures the site; docs/performance.md and docs/reliability.md say how, and what came of it.

`load` measures pages on the sets of `data`: `python -m bench.load NAME`. `trials` stop, kill and restart parts of a
site that runs as in production: `python -m bench.trials.NAME`. `languages` compares detectors of languages.
"""
