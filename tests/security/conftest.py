"""The engines of search, for attacks on any of them."""

from search.tests.conftest import _indexes, _nothing_is_put_off, elasticsearch, empty_indexes, engine, settle

__all__ = ["_indexes", "_nothing_is_put_off", "elasticsearch", "empty_indexes", "engine", "settle"]
