"""The cast: alice and bob are people, olga is an operator with a phone. Registered in conftest.py for every app."""

import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests import builders


@pytest.fixture
def alice(db: None) -> User:
    return builders.person("alice")


@pytest.fixture
def bob(db: None) -> User:
    return builders.person("bob")


@pytest.fixture
def olga(db: None) -> User:
    return builders.person("olga", staff=True, phone=True)


@pytest.fixture
def alice_api(alice: User) -> APIClient:
    return builders.bearer(alice)


@pytest.fixture
def bob_api(bob: User) -> APIClient:
    return builders.bearer(bob)


@pytest.fixture
def olga_api(olga: User) -> APIClient:
    return builders.bearer(olga, admin=True)


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> None:
    """Argon2id with the smallest cost: the tests ask what a password opens, not how long it takes."""
    hasher = settings.PASSWORD_HASHERS[0]
    assert hasher.endswith("Argon2PasswordHasher")
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost = 1, 8
    Argon2PasswordHasher.parallelism = 1


@pytest.fixture
def no_throttles() -> None:
    """Forget what earlier tests from the same address used up."""
    line = redis.Redis.from_url(settings.REDIS_URL)
    for key in line.scan_iter("throttle:*"):
        line.delete(key)
