"""What escrow has kept of what the marketplace told, as types."""

from __future__ import annotations

from msgspec import Struct

from contract.answers import Instant
from contract.codes import Event, OrderState, Role, Tier


class Heard(Struct, frozen=True):
    """An event that was told: `state` is the order's after it, also when the same one is told again."""

    order: str
    id: str
    event: Event
    at: Instant
    state: OrderState


class Person(Struct, frozen=True):
    id: str
    name: str
    email: str | None


class Destination(Struct, frozen=True):
    id: str
    verified_at: Instant


class Account(Struct, frozen=True):
    """As it is kept: what was told last."""

    id: str
    name: str
    role: Role
    tier: Tier
    zone: str
    locale: str
    badge: bool
    persons: list[Person]
    destinations: list[Destination]


class Product(Struct, frozen=True):
    id: str
    supplier: str
    title: str
