"""The history of an order as a chain: each row hashes the one before, so that none can be changed unseen.

A row has ids, sums, states and instants. Of words it has a salted hash only: the words lie elsewhere and can
be erased without breaking the chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

START = "0" * 64
# The chain of the platform's own money; every other one is an order's.
OWN_FUNDS = "own_funds"


def row_hash(previous: str, *, order: str, n: int, at: str, actor: str, event: str, facts: str) -> str:
    body = json.dumps([previous, order, n, at, actor, event, facts], separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def canonical(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), default=str)


def text_hash(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()
