"""The messenger's tables (made by migrations), and the two ways into them: one write, one read.

SQLite (WAL, synchronous FULL, one writer) or PostgreSQL (schema `messenger`, rows locked by the write).
No text here holds NUL: PostgreSQL cannot store it, so `log.clean` takes it out on both.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from messenger import schema

T = TypeVar("T")
metadata = sa.MetaData()


def _text(name: str, *more: Any, optional: bool = False, key: bool = False) -> Column[str]:
    return Column(name, Text, *more, nullable=optional, primary_key=key)


def _where(rows: str) -> dict[str, Any]:
    """Of an index over these rows alone, on both engines."""
    return {f"{engine}_where": sa.text(rows) for engine in ("sqlite", "postgresql")}


visitors = Table("visitors", metadata, _text("id", key=True), Column("secret_hash", Text, unique=True))

conversations = Table(
    "conversations",
    metadata,
    _text("id", key=True),
    *(_text(name) for name in ("person", "account", "role", "language", "locale", "tz", "owner")),
    Column("owner_version", Integer, nullable=False),
    Column("waiting_since", Float),
    # The last n of all events, the last seq that each side saw, and the n of the person's last word.
    *(Column(name, Integer, nullable=False) for name in ("n", "buyer_seq", "supplier_seq", "said", "read")),
    # Seconds of the machine's clock: only for order, never shown.
    Column("active", Float, nullable=False),
    Index("conversations_of", "person", "account", "active"),
    Index("conversations_by_owner", "owner", "waiting_since"),
)
events = Table(
    "events",
    metadata,
    _text("conversation", ForeignKey(conversations.c.id), key=True),
    # Agents see all, so n is their seq; the others' are null where they do not see the event.
    Column("n", Integer, primary_key=True),
    Column("buyer_seq", Integer),
    Column("supplier_seq", Integer),
    *(_text(name) for name in ("ts", "type", "sender", "body")),
    _text("cid", optional=True),
    _text("quote", optional=True),
    UniqueConstraint("conversation", "cid"),
    UniqueConstraint("conversation", "buyer_seq"),
    UniqueConstraint("conversation", "supplier_seq"),
    # Which quotes somebody has seen is asked at every turn, however long they have talked.
    Index("events_with_quotes", "conversation", "n", **_where("quote IS NOT NULL")),
)
options = Table(
    "options",
    metadata,
    _text("id", key=True),
    _text("conversation", ForeignKey(conversations.c.id)),
    Column("n", Integer, nullable=False),
    Column("owner_version", Integer, nullable=False),
    _text("press"),
)
turns = Table(
    "turns",
    metadata,
    _text("id", key=True),
    _text("conversation", ForeignKey(conversations.c.id)),
    Column("n", Integer, nullable=False),
    _text("press", optional=True),
    Index("turns_of", "conversation", "n"),
)
owners = Table(
    "owners",
    metadata,
    _text("conversation", ForeignKey(conversations.c.id), key=True),
    Column("version", Integer, primary_key=True),
    *(_text(name) for name in ("owner", "by", "at")),
    _text("reason", optional=True),
)
notices = Table(
    "notices",
    metadata,
    *(_text("id", key=True), _text("person", key=True), _text("conversation")),
    # Whether escrow has been told that it is stored here.
    Column("accepted", sa.Boolean, nullable=False),
    Index("notices_untold", "id", **_where("NOT accepted")),
)
cursors = Table("cursors", metadata, _text("name", key=True), Column("value", sa.BigInteger, nullable=False))


class Store:
    """All work runs in threads, so that a slow disk never holds up the sockets."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._lite = self.engine.dialect.name == "sqlite"
        self._writers = ThreadPoolExecutor(1 if self._lite else 4, "messenger-write")
        self._readers = ThreadPoolExecutor(4, "messenger-read")

    def prepare(self) -> None:
        """Make what is not there yet, and bring what is there up to date."""
        self._write(schema.upgrade)

    async def write(self, run: Callable[[Connection], T]) -> T:
        """All of `run` in one transaction, durable when this returns; an exception undoes all of it."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._write, run)

    async def read(self, run: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, run)

    def _write(self, run: Callable[[Connection], T]) -> T:
        with self.engine.begin() as work:
            if self._lite:
                work.exec_driver_sql("BEGIN IMMEDIATE")
            return run(work)

    def _read(self, run: Callable[[Connection], T]) -> T:
        with self.engine.connect() as work:
            if self._lite:
                work.exec_driver_sql("BEGIN")
            return run(work)

    def close(self) -> None:
        for threads in (self._writers, self._readers):
            threads.shutdown()
        self.engine.dispose()


def _engine(url: str) -> sa.Engine:
    """Parameters stay out of error messages, and so what people typed stays out of the logs."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        parsed = parsed.set(drivername="postgresql+psycopg")
        schema = {"options": "-c search_path=messenger"}
        return sa.create_engine(parsed, connect_args=schema, pool_pre_ping=True, hide_parameters=True)
    waits = {"timeout": 10, "check_same_thread": False}
    engine = sa.create_engine(parsed, connect_args=waits, hide_parameters=True)
    sa.event.listen(engine, "connect", _tune)
    return engine


def _tune(connection: Any, _record: Any) -> None:
    """The driver must not open transactions by itself: a write takes the lock at its start."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
