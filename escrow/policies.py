"""Which policy decides about an order: the published text of the version that it was made under."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import msgspec

from escrow import policy
from escrow.orders import Order
from escrow.policy import Policy
from escrow.store.work import Work


def policy_of(work: Work, order: Order) -> Policy:
    return _read(work.parties.policy_text(order.policy_version))


def policy_at(work: Work, at: datetime) -> Policy:
    """The version in force for an order that would be made now."""
    return policy.in_force([_read(text) for text in work.parties.policy_texts()], at)


def publish_shipped(work: Work) -> None:
    """Put the program's own versions into the database; raises RuntimeError if one was edited."""
    for version in policy.shipped():
        text = policy.canonical(version)
        known = work.parties.policy_hash(version.version)
        if known is None:
            work.parties.publish(version.version, version.in_force_from, text, policy.text_hash(version))
        elif known != policy.text_hash(version):
            raise RuntimeError(f"policy {version.version} differs from the one that was published")


@lru_cache(maxsize=32)
def _read(text: str) -> Policy:
    return msgspec.json.decode(text, type=Policy)
