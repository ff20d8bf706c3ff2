"""Order requests and facts for tests of pure rules: an entry of 0.01 BTC decided at 20,000."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from trading.domain.requests import OrderRequest, Rules
from trading.gates.facts import Facts
from trading.tests import market_builders

BOT, OWNER, WALLET, BOOK, INTENT = (UUID(int=n) for n in range(1, 6))
FREE = Facts(
    in_flight=False, decided=False, entries_of_bot=0, entries_of_user=0, burst=0, halt="", halt_id=None, halt_source="", halt_scope="",
    status="RUNNING", breach=None, wallet_in_deficit=False, trading_enabled=True, kill_switch=False,
)  # fmt: skip


def wish(rules: Rules | None = None, **changes) -> OrderRequest:
    plain = OrderRequest(
        intent=INTENT, owner=OWNER, wallet=WALLET, book=BOOK, bot=BOT, rules=rules or market_builders.rules(), timeframe="1m", run="",
        mode="PAPER", candle=market_builders.NOON, leg="ENTRY", reason="SIGNAL", side="BUY", type="LIMIT", time_in_force="IOC",
        quantity=Decimal("0.01"), price=Decimal(20_100), decision_price=Decimal(20_000), reducing=False,
        expected_edge_bps=Decimal(100), edge_source="STATED",
    )  # fmt: skip
    return replace(plain, **changes)


def leave(**changes) -> OrderRequest:
    return wish(**{"side": "SELL", "leg": "EXIT", "reducing": True, "price": None, "type": "MARKET", "expected_edge_bps": None, **changes})
