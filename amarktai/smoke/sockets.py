"""The realtime wire: a stranger is turned away, the bearer of the token is greeted."""

from __future__ import annotations

import json

from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from amarktai.smoke.asking import why
from amarktai.smoke.check import PATIENCE_SECONDS, Check, Failed, Target

PATH = "/ws/"


def socket(target: Target) -> str:
    protocols = [Subprotocol(f"bearer.{target.token}")] if target.token else None
    address = "ws" + target.url.removeprefix("http") + PATH
    try:
        with connect(address, subprotocols=protocols, open_timeout=PATIENCE_SECONDS, close_timeout=1, proxy=None) as wire:
            if not target.token:
                raise Failed(f"{PATH} lets in whoever asks, without a token.")
            greeting = wire.recv(timeout=PATIENCE_SECONDS)
    except InvalidStatus as refused:
        return turned_away(refused.response.status_code, bearer=bool(target.token))
    except TimeoutError:
        raise Failed(f"{PATH} gave no answer within {PATIENCE_SECONDS} s.") from None
    except (OSError, InvalidHandshake, WebSocketException) as error:
        raise Failed(f"{PATH} opens no socket: {why(error)}.") from None
    return greeted(greeting)


def turned_away(status: int, *, bearer: bool) -> str:
    """403 is the right answer to a stranger."""
    if status != 403:
        raise Failed(f"{PATH} answered {status}: no socket is served there.")
    if bearer:
        raise Failed(f"{PATH} turns away the token in AMARKTAI_SMOKE_TOKEN.")
    return "turns strangers away; set AMARKTAI_SMOKE_TOKEN to be let in"


def greeted(text: str | bytes) -> str:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict) or message.get("type") != "hello" or not isinstance(message.get("seq"), int):
        raise Failed(f"{PATH} did not greet with its number.")
    return f"greets with number {message['seq']}"


CHECKS = (Check("socket", socket),)
