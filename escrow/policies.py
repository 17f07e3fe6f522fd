"""Which policy decides about an order: the published text of the version that it was made under."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import msgspec

from escrow import editions, policy
from escrow.editions import Version
from escrow.orders import Order
from escrow.policy import Policy
from escrow.store.parties import Published
from escrow.store.work import Work


class Damaged(RuntimeError):
    """A policy in the database is not what was published, or not what this program takes it for."""


def policy_of(work: Work, order: Order) -> Policy:
    """Raises Damaged."""
    return _read(work.parties.policy(order.policy_version))


def policy_at(work: Work, at: datetime) -> Policy:
    """The version in force for an order that would be made now. Raises Damaged."""
    return policy.in_force([_read(each) for each in work.parties.policies()], at)


def publish_shipped(work: Work) -> None:
    """Put the program's own versions into the database.

    Raises Damaged unless all that is published there is whole, readable, and means what this program's own
    versions mean: the texts may differ by what was written down, never by a number.
    """
    known = {each.version: _read(each) for each in work.parties.policies()}
    for shipped in editions.versions():
        own = shipped.policy
        if own.version not in known:
            publish(work, shipped)
        elif known[own.version] != own:
            raise Damaged(f"policy {own.version} in the database says something else than this program's")


def publish(work: Work, version: Version) -> None:
    own = version.policy
    work.parties.publish(own.version, own.in_force_from, version.text, version.hash)


@lru_cache(maxsize=32)
def _read(published: Published) -> Policy:
    name = f"policy {published.version} in the database"
    if editions.text_hash(published.text) != published.hash:
        raise Damaged(f"{name} is not the text that was published")
    try:
        return editions.published(published.text)
    except msgspec.MsgspecError as wrong:
        raise Damaged(f"{name} cannot be read by this program: {wrong}") from wrong
