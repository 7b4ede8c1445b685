"""Django's database backend for PostgreSQL, with fewer health checks and no compilation of queries."""
