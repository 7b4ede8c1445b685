"""The engines of search and the clients of the API, for attacks on any of them."""

from microblog.tests.conftest import ana, as_ana
from search.tests.conftest import _indexes, _nothing_is_put_off, elasticsearch, empty_indexes, engine, settle

__all__ = ["_indexes", "_nothing_is_put_off", "ana", "as_ana", "elasticsearch", "empty_indexes", "engine", "settle"]
