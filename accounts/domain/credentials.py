"""How step-ups and sockets name a credential: by a hash that is neither the token's digest nor the session's key."""

from hashlib import sha256


def of_token(*, digest: str) -> str:
    return "token:" + sha256(digest.encode()).hexdigest()


def of_session(*, key: str) -> str:
    return "session:" + sha256(key.encode()).hexdigest()
