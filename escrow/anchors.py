"""Anchors: signed lines outside the database that say how its history stood, so that what was cut shows.

Each binds all rows committed since the one before by a hash over their own, and the one before by its hash.
A chain's tail or a whole order taken out later is found by `./assure verify`; what came after the last anchor
is not promised. The key is escrow's own: whoever has the database alone can sign nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from escrow.history import OWN_FUNDS, START, canonical
from escrow.store.books import Books
from escrow.store.database import Database
from escrow.store.instants import sure
from escrow.store.work import Work


class Behind(ValueError):
    """The books end before the last anchor: they were cut, put back from a copy, or are others."""


@dataclass(frozen=True)
class Anchor:
    """How the history stood: up to `seq`, with so many orders; `hash` covers what came after `since`."""

    at: str
    since: int
    previous: str
    seq: int
    orders: int
    hash: str

    @property
    def signed(self) -> bytes:
        return canonical(asdict(self)).encode()


class Digest:
    """The rows after an anchor, one by one as they were committed."""

    def __init__(self, previous: str, orders: int) -> None:
        self._hash, self.orders = hashlib.sha256(previous.encode()), orders

    def add(self, row: Any) -> None:
        self._hash.update(f"\n{row.seq} {row.chain} {row.n} {row.hash}".encode())
        self.orders += row.n == 0 and row.chain != OWN_FUNDS

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()


class Watch:
    """Holds the history against its anchors while it goes by."""

    def __init__(self, signed: Sequence[Anchor]) -> None:
        self._left, self._wrong = list(reversed(signed)), list[str]()
        self._last, self._orders = 0, 0
        self._digest = self._next()

    def see(self, row: Any) -> None:
        while self._left and row.seq > self._left[-1].seq:
            self._close()
        self._digest.add(row)
        self._last = row.seq

    def breaches(self) -> Iterator[str]:
        while self._left:
            self._close()
        yield from self._wrong

    def _next(self) -> Digest:
        return Digest(self._left[-1].previous if self._left else START, self._orders)

    def _close(self) -> None:
        anchor, digest = self._left.pop(), self._digest
        self._orders = anchor.orders
        if self._last < anchor.seq:
            self._wrong.append(
                f"the anchor of {anchor.at} knows of rows up to {anchor.seq}, which are not there"
            )
        elif (digest.hash, digest.orders) != (anchor.hash, anchor.orders):
            rows = f"rows {anchor.since + 1} to {anchor.seq} of the history"
            self._wrong.append(f"{rows} are not those of the anchor of {anchor.at}")
        self._digest = self._next()


def keep(database: Database, home: Path, now: datetime, *, daily: bool = True) -> Anchor | None:
    """A new anchor for what has happened since the last one; None for nothing, or for a second one a day.

    Raises Behind for books that are not those of the last anchor, and Unavailable.
    """
    with _locked(home) as file:
        last = next(reversed(_read(file, _public(home))[0]), None)
        if last is not None and daily and last.at[:10] == sure(now)[:10]:
            return None
        anchor = database.read(partial(_extend, last=last, at=sure(now)))
        if anchor is not None:
            signature = _private(home).sign(anchor.signed).hex()
            file.write(json.dumps(asdict(anchor) | {"signature": signature}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return anchor


def begin(home: Path) -> None:
    """Other books from now on: the anchors of those before are put aside."""
    if (file := _file(home)).exists():
        file.replace(file.with_name("anchors.before.jsonl"))


def kept(home: Path) -> tuple[list[Anchor], list[str]]:
    """All that are rightly signed, oldest first, and what is wrong with the others."""
    try:
        with _file(home).open("rb") as file:
            return _read(file, _public(home))
    except FileNotFoundError:
        gone = (home / "keys" / "anchor.pem").exists() and not (home / "anchors.before.jsonl").exists()
        return [], ["the anchors are gone, though there were some"] if gone else []


def _extend(work: Work, last: Anchor | None, at: str) -> Anchor | None:
    books, since = Books(work.connection), last.seq if last else 0
    if books.last_written() < since:
        raise Behind(f"the books end at row {books.last_written()}, the last anchor knows of row {since}")
    digest, seq = Digest(last.hash if last else START, last.orders if last else 0), since
    for row in books.in_order(after=since):
        digest.add(row)
        seq = row.seq
    return (
        Anchor(at, since, last.hash if last else START, seq, digest.orders, digest.hash)
        if seq > since
        else None
    )


def _read(file: BinaryIO, key: Ed25519PublicKey | None) -> tuple[list[Anchor], list[str]]:
    """A last line without its end was never written whole, and counts for nothing."""
    found, wrong = list[Anchor](), list[str]()
    file.seek(0)
    for n, line in enumerate((line for line in file if line.endswith(b"\n")), start=1):
        anchor = _verified(line, key)
        if anchor is None:
            wrong.append(f"anchor {n} is not signed by this escrow's key")
            continue
        last = (found[-1].seq, found[-1].hash) if found else (0, START)
        if (anchor.since, anchor.previous) != last:
            wrong.append(f"anchor {n} does not follow from the one before")
        found.append(anchor)
    return found, wrong


def _verified(line: bytes, key: Ed25519PublicKey | None) -> Anchor | None:
    try:
        told = json.loads(line)
        signature = bytes.fromhex(told.pop("signature"))
        anchor = Anchor(**told)
        if key is None:
            return None
        key.verify(signature, anchor.signed)
    except (ValueError, TypeError, KeyError, AttributeError, InvalidSignature):
        return None
    return anchor


def _file(home: Path) -> Path:
    return home / "anchors.jsonl"


@contextmanager
def _locked(home: Path) -> Iterator[BinaryIO]:
    """The anchors, to be added to by nobody else; a line that a power cut left unfinished is taken off."""
    home.mkdir(parents=True, exist_ok=True)
    with _file(home).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read()
        file.truncate(text.rfind(b"\n") + 1)
        yield file


def _private(home: Path) -> Ed25519PrivateKey:
    """Made at first use, its owner's alone."""
    path = home / "keys" / "anchor.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = Ed25519PrivateKey.generate()
        _write(path, key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()))
        public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
        _write(path.with_name("anchor.pub.pem"), public)
    found = pem.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(found, Ed25519PrivateKey)
    return found


def _public(home: Path) -> Ed25519PublicKey | None:
    path = home / "keys" / "anchor.pub.pem"
    if not path.exists():
        return None
    found = pem.load_pem_public_key(path.read_bytes())
    assert isinstance(found, Ed25519PublicKey)
    return found


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, and never readable by others."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.replace(path)
