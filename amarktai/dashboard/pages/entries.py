"""Where in the journal the fills of orders stand."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from accounts.models import User
from amarktai.dashboard.pages import asked
from ledger.queries import fills


def urls(client_order_ids: Sequence[str], *, user: User) -> dict[str, tuple[str, str]]:
    """Client order id -> the address of its last entry, on top of a page of the journal, and the entry's number."""
    rows = fills.of(owner=user.id).filter(client_order_id__in=client_order_ids).order_by("entry__seq")
    found = rows.values_list("client_order_id", "wallet_id", "entry__seq")
    return {order: (_url(str(wallet), seq), str(seq)) for order, wallet, seq in found}


def _url(wallet: str, seq: int) -> str:
    return f"{reverse('dashboard:money')}{asked.address({'wallet': wallet, 'before': str(seq + 1)})}#entry-{seq}"
