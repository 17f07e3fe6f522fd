"""A unit of work: one transaction, with what it knows of parties, orders, claims, money and what falls due.

What is appended (journals, history, notices, clocks) is kept until the end and written at once, in an order
that lets no two units wait for each other in a ring.
"""

from __future__ import annotations

from sqlalchemy import Connection

from escrow.store.claims import Claims
from escrow.store.credits import Credits
from escrow.store.events import Events
from escrow.store.history import History
from escrow.store.idempotency import Keys
from escrow.store.instructions import Instructions
from escrow.store.ledger import Ledger
from escrow.store.notices import Notices
from escrow.store.orders import Orders
from escrow.store.parties import Parties
from escrow.store.payments import Payments
from escrow.store.quotes import Quotes
from escrow.store.records import Records
from escrow.store.shipments import Shipments
from escrow.store.tasks import Tasks
from escrow.store.timers import Timers


class Work:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.parties = Parties(connection)
        self.orders = Orders(connection)
        self.events = Events(connection)
        self.claims = Claims(connection)
        self.shipments = Shipments(connection)
        self.payments = Payments(connection)
        self.instructions = Instructions(connection)
        self.credits = Credits(connection)
        self.ledger = Ledger(connection, self.instructions)
        self.history = History(connection)
        self.notices = Notices(connection)
        self.timers = Timers(connection)
        self.tasks = Tasks(connection)
        self.quotes = Quotes(connection)
        self.keys = Keys(connection)
        self.records = Records(connection)

    def flush(self) -> None:
        """The numbers of history and notices come last: whoever has taken one is about to commit."""
        self.ledger.flush()
        self.history.flush()
        self.notices.flush()
        self.timers.flush()
