"""Measures the site under load, on data of three sizes: `make bench`. docs/performance.md says how."""
