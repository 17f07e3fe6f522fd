"""A unit of work: one transaction's connection, with what it knows of orders, claims, money and queues."""

from __future__ import annotations

from sqlalchemy import Connection

from escrow.store.claims import Claims
from escrow.store.ledger import Ledger
from escrow.store.orders import Orders
from escrow.store.parties import Parties
from escrow.store.queues import Queues
from escrow.store.records import Records


class Work:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.parties = Parties(connection)
        self.orders = Orders(connection)
        self.claims = Claims(connection)
        self.ledger = Ledger(connection)
        self.records = Records(connection)
        self.queues = Queues(connection)
