"""
Caches in the memory of the process for results that Django computes again for each request.

The setting PERFORMANCE_CACHES disables all of them; `docs/performance.md` has the gain of each.
"""
