"""The cast with money: alice has 10,000 USDT on paper at the simulated venue. Registered in conftest.py for every app."""

from __future__ import annotations

import pytest

from accounts.models import User
from ledger.models import Market, Wallet
from ledger.tests import builders


@pytest.fixture
def btc(db: None) -> Market:
    return builders.market("BTC/USDT")


@pytest.fixture
def alice_wallet(alice: User, btc: Market) -> Wallet:
    return builders.fund(alice, "10000")
