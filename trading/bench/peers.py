"""What others fold fills with, in a process of its own: `python -P peers.py rp2|beancount`. The fills come as one line of JSON; each
further line asks for one fold, which is answered with its seconds of the processor and the sum of its gains. Nothing of ours is
imported here, and nobody imports this: beancount is under the GPL.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from beancount.core.data import Amount, CostSpec, Open, Posting, Transaction
from beancount.core.data import Booking as Methods
from beancount.core.number import MISSING
from beancount.parser import booking
from beancount.parser.options import OPTIONS_DEFAULTS
from prezzemolo.avl_tree import AVLTree
from rp2.accounting_engine import AccountingEngine
from rp2.configuration import Configuration
from rp2.in_transaction import InTransaction
from rp2.input_data import InputData
from rp2.out_transaction import OutTransaction
from rp2.plugin.accounting_method.fifo import AccountingMethod
from rp2.plugin.country.us import US
from rp2.rp2_decimal import RP2Decimal
from rp2.tax_engine import compute_tax
from rp2.transaction_set import TransactionSet

Told = Sequence[dict[str, str]]  # side, quantity, price, fee (in money) and at of each fill
Peer = Callable[[], Decimal]
COINS, MONEY, GAINS = "Assets:Coins", "Assets:Money", "Income:Gains"
SETTINGS = """
[general]
assets = BTC
exchanges = venue
holders = somebody
[in_header]
timestamp = 0
[out_header]
timestamp = 0
[intra_header]
timestamp = 0
"""


def beancount(told: Told) -> Peer:
    """Booking of postings at cost, first in, first out; fees play no part in it."""
    meta: dict[str, Any] = {"filename": "", "lineno": 0}
    entries: list[Any] = [Open(meta, date(2000, 1, 1), COINS, None, Methods.FIFO)]
    for fill in told:
        quantity, price = Decimal(fill["quantity"]), Decimal(fill["price"])
        value = quantity * price
        day = datetime.fromisoformat(fill["at"]).date()
        if fill["side"] == "BUY":
            cost = CostSpec(price, None, "USDT", None, None, False)
            postings = [Posting(COINS, Amount(quantity, "BTC"), cost, None, None, {}), _money(MONEY, -value)]
        else:
            spec = CostSpec(MISSING, None, MISSING, None, None, False)
            out = Posting(COINS, Amount(-quantity, "BTC"), spec, Amount(price, "USDT"), None, {})
            postings = [out, _money(MONEY, value), Posting(GAINS, MISSING, None, None, None, {})]
        entries.append(Transaction(meta, day, "*", None, "", frozenset(), frozenset(), postings))

    def fold() -> Decimal:
        booked, errors = booking.book(entries, OPTIONS_DEFAULTS)
        assert not errors, errors[0]
        return -sum((posting.units.number for one in booked[1:] for posting in one.postings if posting.account == GAINS), Decimal(0))

    return fold


def _money(account: str, amount: Decimal) -> Posting:
    return Posting(account, Amount(amount, "USDT"), None, None, None, {})


def rp2(told: Told) -> Peer:
    """Tax lots, first in, first out; gains are after the fees of purchases."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rp2.ini"
        path.write_text(SETTINGS)
        setting = Configuration(str(path), US())
    inward, outward = (TransactionSet(setting, kind, "BTC") for kind in ("IN", "OUT"))
    for number, fill in enumerate(told, start=1):
        quantity, price, fee = (RP2Decimal(fill[name]) for name in ("quantity", "price", "fee"))
        common = (setting, fill["at"], "BTC", "venue", "somebody")
        if fill["side"] == "BUY":
            inward.add_entry(InTransaction(*common, "BUY", price, quantity, fiat_fee=fee, row=number, unique_id=str(number)))
        else:
            outward.add_entry(OutTransaction(*common, "SELL", price, quantity, RP2Decimal("0"), row=number, unique_id=str(number)))
    data = InputData("BTC", inward, outward, TransactionSet(setting, "INTRA", "BTC"))

    def fold() -> Decimal:
        methods: Any = AVLTree()
        methods.insert_node(1970, AccountingMethod())
        computed = compute_tax(setting, AccountingEngine(years_2_methods=methods), data)
        return sum((Decimal(str(one.fiat_gain)) for one in computed.gain_loss_set), Decimal(0))

    return fold


PEERS: dict[str, Callable[[Told], Peer]] = {"rp2": rp2, "beancount": beancount}

if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    fold = PEERS[sys.argv[1]](json.loads(sys.stdin.readline()))
    for _ in sys.stdin:
        started = process_time()
        gained = fold()
        sys.stdout.write(json.dumps([process_time() - started, str(gained)]) + "\n")
        sys.stdout.flush()
