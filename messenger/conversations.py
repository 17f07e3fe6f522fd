"""Conversations and their logs: what each person saw, in order, and which turns still lack an answer.

`seq` is given out in the transaction that stores the event, for each side without gaps. All functions
run inside a transaction of `Store`.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, delete, func, insert, select, update

from messenger import store
from messenger.clock import iso
from messenger.ownership import By, Owner, Ownership, Stale, change
from messenger.rendering import Draft, Speaker
from messenger.tokens import Person
from messenger.wording import Voice

MOST_UNANSWERED = 20
QUOTES_REMEMBERED = 20

# What every turn asks of the store, built once.
_OF, _SAID, _TURN = store.conversations.c, store.events.c, store.turns.c
_THIS: BindParameter[str] = bindparam("this")
FIND = select(store.conversations).where(_OF.id == _THIS)
LOCK = FIND.with_for_update()
CLOSE = update(store.conversations).where(_OF.id == _THIS, _OF.owner_version == bindparam("version"))
KNOWN = select(
    select(_SAID.n)
    .where(_SAID.conversation == _THIS, _SAID.cid == bindparam("cid"))
    .scalar_subquery()
    .label("n"),
    select(func.count()).where(_TURN.conversation == _THIS).scalar_subquery().label("unanswered"),
)
NEXT = (
    select(_TURN.id.label("turn"), _TURN.press, _SAID.n.label("at"), _SAID.body, store.conversations)
    .join(store.events, (_SAID.conversation == _TURN.conversation) & (_SAID.n == _TURN.n))
    .join(store.conversations, _OF.id == _TURN.conversation)
    .where(_TURN.conversation == _THIS)
    .order_by(_TURN.n)
    .limit(1)
)
SHOWN = (
    select(_SAID.quote)
    .where(_SAID.conversation == _THIS, _SAID.quote.is_not(None), _SAID.n < bindparam("before"))
    .order_by(_SAID.n.desc())
    .limit(QUOTES_REMEMBERED)
)
ADD_EVENT, ADD_TURN = insert(store.events), insert(store.turns)
END_TURN = delete(store.turns).where(_TURN.id == _THIS)


class NotFound(Exception):
    """There is no such conversation, or it is another's: the caller cannot tell which."""


class Refused(Exception):
    """This send is not taken; `code` is one of the protocol's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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
    conversation: str
    n: int
    seqs: dict[str, int]
    ts: str
    type: str
    sender: str
    body: dict[str, Any]
    cid: str | None = None

    def frame(self, side: str) -> dict[str, Any]:
        """As `side` sees it; an agent sees all, so to them `n` is the seq."""
        shown = {"frame": "event", "conversation": self.conversation, "seq": self.seqs.get(side, self.n)}
        shown |= {"ts": self.ts, "type": self.type, "from": self.sender, "body": self.body}
        return shown | ({"cid": self.cid} if self.cid else {})


@dataclass(frozen=True)
class Turn:
    """A person's event that waits for the bot's answer; `shown` are the quotes they saw before."""

    id: str
    conversation: Conversation
    text: str
    press: dict[str, Any] | None
    shown: list[str]


@dataclass(frozen=True)
class Sent:
    """What became of a send: nothing new when its cid was known already."""

    seq: int
    events: list[Event]
    turn: bool = False


class Log:
    """One conversation, locked until the transaction ends; `close` writes its counters back."""

    def __init__(self, work: Connection, row: RowMapping, now: datetime) -> None:
        self.work = work
        self.conversation = _conversation(row)
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
        side, id = self.conversation.side, self.conversation.id
        offered = [(secrets.token_urlsafe(9), option) for option in draft.options]
        shown = [{"id": key, "title": option.title} for key, option in offered]
        body = draft.body | ({"options": shown} if shown else {})
        ts = iso(self.voice.now)
        event = Event(id, self._n, {side: self._seq}, ts, draft.type, draft.sender, body, cid)
        self.work.execute(ADD_EVENT, _row(event, draft.quote))
        for key, option in offered:
            press = _json({"title": option.title, **option.press})
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


def attach(
    work: Connection, caller: Person, wanted: str | None, voice: Voice, speaker: Speaker
) -> tuple[Conversation, list[Event]]:
    """The caller's conversation that they mean, made and greeted where needed; raises NotFound."""
    theirs = (_OF.person == caller.sub) & (_OF.account == caller.account)
    row = None
    if wanted != "new":
        this = _OF.id == wanted if wanted is not None else _OF.owner != Owner.CLOSED
        latest = select(store.conversations).where(theirs, this).order_by(_OF.active.desc()).limit(1)
        row = work.execute(latest).mappings().first()
        if row is None and wanted is not None:
            raise NotFound
    if row is None:
        log = start(work, caller, voice, speaker)
        return log.conversation, log.close()
    told = {"tz": voice.tz, "locale": voice.locale}
    if told != {name: row[name] for name in told}:
        work.execute(update(store.conversations).where(_OF.id == row["id"]).values(**told))
    return _conversation(row), []


def start(work: Connection, caller: Person, voice: Voice, speaker: Speaker) -> Log:
    """A new conversation whose first event is the greeting; the caller closes its log."""
    counters = dict.fromkeys(("owner_version", "n", "buyer_seq", "supplier_seq", "said", "read"), 0)
    row: dict[str, Any] = {"id": f"c{secrets.token_hex(10)}", "owner": str(Owner.BOT), "active": time.time()}
    row |= {"person": caller.sub, "account": caller.account, "role": caller.role, **counters}
    row |= {"language": voice.language, "locale": voice.locale, "tz": voice.tz}
    work.execute(insert(store.conversations), row)
    log = open_log(work, row["id"], voice.now)
    key = "greeting.visitor" if caller.role == "visitor" else "greeting.hello"
    log.append(speaker.draft({"say": key}, voice))
    return log


def find(work: Connection, id: str) -> Conversation:
    row = work.execute(FIND, {"this": id}).mappings().first()
    if row is None:
        raise NotFound
    return _conversation(row)


def send_text(log: Log, cid: str, text: str, *, masked: bool, speaker: Speaker) -> Sent:
    """Store what was typed, once, and the turn that it asks for; masked card numbers are told."""
    if known := _known(log, cid):
        return known
    turn = log.ownership.owner is Owner.BOT
    said = _say(log, Draft("message", log.conversation.side, {"text": text}), cid)
    if masked:
        log.append(speaker.draft({"say": "card_masked"}, log.voice, sender="system"))
    if turn:
        _add_turn(log, said, None)
    return Sent(said.seqs[log.conversation.side], log.close(), turn)


def send_press(log: Log, cid: str, reply_id: str, *, speaker: Speaker) -> Sent:
    """Store a press: it counts while its person has said nothing newer and the owner has not changed."""
    if known := _known(log, cid):
        return known
    table = store.options.c
    mine = (table.id == reply_id) & (table.conversation == log.conversation.id)
    row = log.work.execute(select(table.n, table.owner_version, table.press).where(mine)).first()
    if row is None:
        raise Refused("expired_reply")
    press = msgspec.json.decode(row.press)
    owner = press.get("owner")
    current = row.owner_version == log.ownership.version
    # The way back to the assistant stays open for as long as the person waits, whatever they write.
    if not current or (row.n <= log.said and owner != Owner.BOT):
        raise Refused("expired_reply")
    said = _say(log, Draft("message", log.conversation.side, {"text": press["title"]}), cid)
    if owner:
        log.change_owner(Owner(owner), By.PERSON, speaker, reason="pressed")
    else:
        _add_turn(log, said, press["press"])
    return Sent(said.seqs[log.conversation.side], log.close(), not owner)


def moves_owner(conversation: str, reply_id: str, work: Connection) -> bool:
    """Whether this choice changes the owner; one that is not there does not."""
    table = store.options.c
    mine = select(table.press).where(table.id == reply_id, table.conversation == conversation)
    return "owner" in msgspec.json.decode(work.execute(mine).scalar() or "{}", type=dict[str, Any])


def _known(log: Log, cid: str) -> Sent | None:
    """The earlier send of this cid; raises Refused when too many sends wait for an answer."""
    seq = _SAID[f"{log.conversation.side}_seq"]
    row = log.work.execute(KNOWN, {"this": log.conversation.id, "cid": cid}).one()
    if row.n is not None:
        this = (_SAID.conversation == log.conversation.id) & (_SAID.n == row.n)
        return Sent(log.work.execute(select(seq).where(this)).scalar_one(), [])
    if row.unanswered >= MOST_UNANSWERED:
        raise Refused("rate_limited")
    return None


def _say(log: Log, draft: Draft, cid: str) -> Event:
    said = log.append(draft, cid=cid)
    log.said = said.n
    return said


def _add_turn(log: Log, said: Event, press: dict[str, Any] | None) -> None:
    id = log.conversation.id
    turn = {"id": f"{id}-{said.seqs[log.conversation.side]}", "conversation": id, "n": said.n}
    log.work.execute(ADD_TURN, turn | {"press": _json(press) if press else None})


def next_turn(work: Connection, conversation: str) -> Turn | None:
    """The oldest turn without an answer."""
    row = work.execute(NEXT, {"this": conversation}).mappings().first()
    if row is None:
        return None
    shown = work.execute(SHOWN, {"this": conversation, "before": row["at"]}).scalars()
    text = msgspec.json.decode(row["body"])["text"]
    press = msgspec.json.decode(row["press"]) if row["press"] else None
    return Turn(row["turn"], _conversation(row), text, press, [str(quote) for quote in shown])


def unanswered(work: Connection) -> list[str]:
    """The conversations in which a turn waits or was running."""
    return list(work.execute(select(store.turns.c.conversation).distinct()).scalars())


def end_turn(work: Connection, id: str) -> bool:
    """Whether this one ended it: a turn ends once, also when two processes had it."""
    return work.execute(END_TURN, {"this": id}).rowcount == 1


def read_up_to(work: Connection, conversation: str, seq: int) -> None:
    later = update(store.conversations).where(_OF.id == conversation, _OF.read < seq)
    work.execute(later.values(read=seq))


def since(work: Connection, conversation: str, side: str, after: int) -> list[Event]:
    """The events that `side` sees after its seq; `side` "agent" sees all."""
    seq = _SAID.n if side == "agent" else _SAID[f"{side}_seq"]
    rows = select(store.events).where(_SAID.conversation == conversation, seq > after).order_by(seq)
    return [_event(row) for row in work.execute(rows).mappings()]


def waiting(work: Connection) -> list[dict[str, Any]]:
    """The queue, longest wait first, with whose it is and since when by the desk's clock."""
    owners = store.owners.c
    this = (owners.conversation == _OF.id) & (owners.version == _OF.owner_version)
    whose = (_OF.id.label("conversation"), _OF.person, _OF.account, _OF.role)
    queue = select(*whose, _OF.owner, _OF.owner_version, owners.at.label("since"), owners.reason)
    rows = work.execute(queue.where(this, _OF.owner == Owner.WAITING).order_by(_OF.waiting_since))
    return [{**row, "position": position} for position, row in enumerate(rows.mappings(), start=1)]


def _waiting_before(work: Connection, since: float) -> int:
    before = select(func.count()).where(_OF.owner == Owner.WAITING, _OF.waiting_since < since)
    return work.execute(before).scalar() or 0


def _conversation(row: RowMapping) -> Conversation:
    fields = ("id", "person", "account", "role", "language", "locale", "tz", "owner_version")
    seq = row["supplier_seq"] if row["role"] == "supplier" else row["buyer_seq"]
    return Conversation(owner=Owner(row["owner"]), seq=seq, **{name: row[name] for name in fields})


def _event(row: RowMapping) -> Event:
    seqs = {side: row[f"{side}_seq"] for side in ("buyer", "supplier") if row[f"{side}_seq"] is not None}
    body = msgspec.json.decode(row["body"])
    return Event(row["conversation"], row["n"], seqs, row["ts"], row["type"], row["sender"], body, row["cid"])


def _row(event: Event, quote: str | None) -> dict[str, Any]:
    seqs = {"buyer_seq": event.seqs.get("buyer"), "supplier_seq": event.seqs.get("supplier")}
    row = {"conversation": event.conversation, "n": event.n, "ts": event.ts, "type": event.type, **seqs}
    return row | {"sender": event.sender, "body": _json(event.body), "cid": event.cid, "quote": quote}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def clean(text: str) -> str:
    """Without NUL, which PostgreSQL cannot store, and without halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
