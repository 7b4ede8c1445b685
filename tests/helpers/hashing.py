"""Hashes of passwords for tests."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2PasswordHasher(Argon2PasswordHasher):
    """Hashes as the site does, at a cost that no test has to wait for."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
