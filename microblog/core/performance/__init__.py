"""
Results that Django would compute again for each request, kept in the memory of the process.

The setting PERFORMANCE_CACHES switches all of them off; `docs/performance.md` says what each of them gains.
"""
