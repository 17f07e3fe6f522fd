"""The log of one conversation: what each person saw, in order.

`seq` is given out in the transaction that stores the event, for each side without gaps.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from messenger import store
from messenger.clock import iso
from messenger.ownership import By, Owner, Ownership, Stale, change
from messenger.rendering import Draft, Speaker
from messenger.wording import Voice

_OF, _SAID = store.conversations.c, store.events.c
FIND = select(store.conversations).where(_OF.id == bindparam("this"))
LOCK = FIND.with_for_update()
CLOSE = update(store.conversations).where(
    _OF.id == bindparam("this"), _OF.owner_version == bindparam("version")
)
ADD_EVENT = insert(store.events)


class NotFound(Exception):
    """There is no such conversation, or it is another's: the caller cannot tell which."""


@dataclass(frozen=True)
class Conversation:
    id: str
    person: str
    account: str
    role: str
    language: str
    locale: str
    tz: str
    owner: Owner
    owner_version: int
    seq: int

    @property
    def side(self) -> str:
        """Whose view of the log the person has; a visitor counts as a buyer."""
        return "supplier" if self.role == "supplier" else "buyer"

    def voice(self, now: datetime) -> Voice:
        return Voice(self.language, self.locale, self.tz, now)


@dataclass(frozen=True)
class Event:
    """A row of the log, its body decoded; a side that does not see it has no seq for it."""

    conversation: str
    n: int
    buyer_seq: int | None
    supplier_seq: int | None
    ts: str
    type: str
    sender: str
    body: dict[str, Any]
    cid: str | None = None
    quote: str | None = None

    def seq(self, side: str) -> int | None:
        """An agent sees all, so to them `n` is the seq."""
        return {"buyer": self.buyer_seq, "supplier": self.supplier_seq}.get(side, self.n)

    def frame(self, side: str) -> dict[str, Any]:
        own = {"cid": self.cid} if self.cid else {}
        shown = {"seq": self.seq(side), "ts": self.ts, "type": self.type, "from": self.sender}
        return {"frame": "event", "conversation": self.conversation, **shown, "body": self.body, **own}


class Log:
    """One conversation, locked until the transaction ends; `close` writes its counters back."""

    def __init__(self, work: Connection, row: RowMapping, now: datetime) -> None:
        self.work = work
        self.conversation = conversation_of(row)
        self.voice = self.conversation.voice(now)
        self.ownership = Ownership(Owner(row["owner"]), row["owner_version"])
        self.said: int = row["said"]
        self.new: list[Event] = []
        self._n: int = row["n"]
        self._seq = self.conversation.seq
        self._changed: dict[str, Any] = {"active": time.time()}

    def append(self, draft: Draft, *, cid: str | None = None) -> Event:
        self._n += 1
        self._seq += 1
        id, now = self.conversation.id, iso(self.voice.now)
        is_suppliers = self.conversation.side == "supplier"
        buyer, supplier = (None, self._seq) if is_suppliers else (self._seq, None)
        offered = [(secrets.token_urlsafe(9), option) for option in draft.options]
        shown = [{"id": key, "title": option.title} for key, option in offered]
        body = draft.body | ({"options": shown} if shown else {})
        event = Event(id, self._n, buyer, supplier, now, draft.type, draft.sender, body, cid, draft.quote)
        self.work.execute(ADD_EVENT, vars(event) | {"body": to_json(body)})
        for key, option in offered:
            press = to_json({"title": option.title, **option.press})
            option_of = {"id": key, "conversation": id, "n": self._n, "press": press}
            option_of["owner_version"] = self.ownership.version
            self.work.execute(insert(store.options), option_of)
        self.new.append(event)
        return event

    def change_owner(self, to: Owner, by: By, speaker: Speaker, *, reason: str | None = None) -> None:
        """Store the change with its event; raises Stale or NotTheirs and then changes nothing."""
        self.ownership = change(self.ownership, to=to, by=by, version=self.ownership.version)
        since = time.time() if to is Owner.WAITING else None
        who = {"conversation": self.conversation.id, "version": self.ownership.version, "owner": str(to)}
        who |= {"by": str(by), "at": iso(self.voice.now), "reason": reason}
        self.work.execute(insert(store.owners), who)
        self._changed |= {"owner": str(to), "owner_version": self.ownership.version, "waiting_since": since}
        position = _waiting_before(self.work, since) + 1 if since is not None else None
        self.append(speaker.owner(to, self.voice, position=position))

    def close(self) -> list[Event]:
        """Write the counters back, on the version that was read: else raise Stale and undo all."""
        counted = {"n": self._n, f"{self.conversation.side}_seq": self._seq, "said": self.said}
        this = {"this": self.conversation.id, "version": self.conversation.owner_version}
        if self.work.execute(CLOSE, this | counted | self._changed).rowcount != 1:
            raise Stale
        return self.new


def open_log(work: Connection, id: str, now: datetime) -> Log:
    row = work.execute(LOCK, {"this": id}).mappings().first()
    if row is None:
        raise NotFound
    return Log(work, row, now)


def find(work: Connection, id: str) -> Conversation:
    row = work.execute(FIND, {"this": id}).mappings().first()
    if row is None:
        raise NotFound
    return conversation_of(row)


def since(work: Connection, conversation: str, side: str, after: int) -> list[Event]:
    """The events that `side` sees after its seq; `side` "agent" sees all."""
    seq = _SAID.n if side == "agent" else _SAID[f"{side}_seq"]
    rows = select(store.events).where(_SAID.conversation == conversation, seq > after).order_by(seq)
    return [_event(row) for row in work.execute(rows).mappings()]


def _waiting_before(work: Connection, since: float) -> int:
    before = select(func.count()).where(_OF.owner == Owner.WAITING, _OF.waiting_since < since)
    return work.execute(before).scalar() or 0


def conversation_of(row: RowMapping) -> Conversation:
    fields = ("id", "person", "account", "role", "language", "locale", "tz", "owner_version")
    seq = row["supplier_seq"] if row["role"] == "supplier" else row["buyer_seq"]
    return Conversation(owner=Owner(row["owner"]), seq=seq, **{name: row[name] for name in fields})


def _event(row: RowMapping) -> Event:
    return Event(**{**row, "body": msgspec.json.decode(row["body"])})


def to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def clean(text: str) -> str:
    """Without NUL, which PostgreSQL cannot store, and without halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
