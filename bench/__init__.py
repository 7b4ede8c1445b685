"""
Measurements of the site; docs/performance.md and docs/reliability.md have methods and results.

`load` measures pages on the sets of `data`: `python -m bench.load NAME`. `trials` stop, kill and restart processes
of a site that runs as in production: `python -m bench.trials.NAME`. `languages` compares language detectors.
"""
