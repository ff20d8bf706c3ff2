"""The ledger: each wallet's head is that of its newest entry, and the last proof of everything held."""

from __future__ import annotations

from django.db import DatabaseError

from amarktai.health import checks, proof
from amarktai.smoke.check import Check, Failed, Target
from amarktai.smoke.servers import state, told, young
from ledger.queries import heads


def head(target: Target) -> str:
    told("SELECT 1")
    try:
        unfit = heads.unfit()
    except DatabaseError as error:
        raise Failed(f"The ledger cannot be read: {proof.one_line(error)}") from None
    if unfit:
        raise Failed(f"The head of {len(unfit)} wallets is not their newest entry's, the first is {unfit[0]}: run manage.py verify_ledger.")
    return "every wallet ends where its journal ends"


def last_proof(target: Target) -> str:
    return young(checks.proof_of_ledger(state(target).ledger))


CHECKS = (
    Check("ledger head", head),
    Check("ledger proof", last_proof),
)
