"""Secrets at rest: AES-256-GCM with associated data, under a ring of keys that are named in each ciphertext.

The associated data says where a secret belongs, so that a ciphertext copied to another row does not open.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES = 12


class CannotOpen(Exception):
    """The key is gone, or the ciphertext was changed or moved. Never says which bytes."""


def seal(*, secret: bytes, bound_to: str) -> bytes:
    """Key name, nonce and ciphertext of `secret`, under the first key of the ring, bound to a place ("totp:<id>")."""
    name, key = next(iter(settings.KEY_RING.items()))
    tag = name.encode()
    nonce = os.urandom(_NONCE_BYTES)
    return bytes([len(tag)]) + tag + nonce + AESGCM(key).encrypt(nonce, secret, bound_to.encode())


def open_sealed(*, sealed: bytes | memoryview, bound_to: str) -> bytes:
    """The secret; raises CannotOpen."""
    sealed = bytes(sealed)
    length = sealed[0] if sealed else 0
    name, rest = sealed[1 : 1 + length].decode("utf-8", "replace"), sealed[1 + length :]
    key = settings.KEY_RING.get(name)
    if key is None:
        raise CannotOpen("the key that sealed this secret is not in the ring")
    try:
        return AESGCM(key).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], bound_to.encode())
    except InvalidTag as error:
        raise CannotOpen("the sealed secret was changed, or belongs to another row") from error
