"""What a person sends, each once by its cid, and the turns that still lack an answer."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select

from contract.codes import SocketError
from messenger import store
from messenger.log import Conversation, Event, Log, conversation_of, to_json
from messenger.ownership import By, Owner
from messenger.rendering import Draft, Speaker

MOST_UNANSWERED = 20
QUOTES_REMEMBERED = 20

_OF, _SAID, _TURN, _OPTION = store.conversations.c, store.events.c, store.turns.c, store.options.c
_THIS: BindParameter[str] = bindparam("this")
_SAME = select(_SAID.n).where(_SAID.conversation == _THIS, _SAID.cid == bindparam("cid"))
_PENDING = select(func.count()).where(_TURN.conversation == _THIS)
KNOWN = select(_SAME.scalar_subquery().label("n"), _PENDING.scalar_subquery().label("unanswered"))
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
_CURRENT = (_OF.id == _OPTION.conversation) & (_OF.owner_version == _OPTION.owner_version)
OPEN = select(_OPTION.n, _OPTION.press, _OF.said).where(
    _CURRENT, _OPTION.conversation == _THIS, _OPTION.id == bindparam("reply")
)
# All the buttons of the event that this one stands under.
_BESIDE = select(_OPTION.n).where(_OPTION.conversation == _THIS, _OPTION.id == bindparam("reply"))
SPENT = delete(store.options).where(_OPTION.conversation == _THIS, _OPTION.n == _BESIDE.scalar_subquery())
ADD_TURN = insert(store.turns)
END_TURN = delete(store.turns).where(_TURN.id == _THIS)


class Refused(Exception):
    """This send is not taken; `code` is one of the protocol's."""

    def __init__(self, code: SocketError) -> None:
        super().__init__(code)
        self.code = code


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
    """What became of a send: nothing new when its cid was known already. `turn` waits for an answer now."""

    seq: int
    events: list[Event]
    turn: Turn | None = None


def send_text(log: Log, cid: str, text: str, *, masked: bool, speaker: Speaker) -> Sent:
    """Store what was typed, once, and the turn that it asks for; masked card numbers are told."""
    if known := _known(log, cid):
        return known
    said = _say(log, Draft("message", log.conversation.side, {"text": text}), cid)
    if masked:
        log.append(speaker.draft({"say": "card_masked"}, log.voice, sender="system"))
    turn = _add_turn(log, said, None) if log.ownership.owner is Owner.BOT else None
    return Sent(_seq(log, said), log.close(), turn)


def send_press(log: Log, cid: str, reply_id: str, *, speaker: Speaker) -> Sent:
    """Store a press: it counts while its person has said nothing newer and the owner has not changed."""
    if known := _known(log, cid):
        return known
    press = _open_press(log.work, log.conversation.id, reply_id)
    if press is None:
        raise Refused(SocketError.EXPIRED_REPLY)
    said = _say(log, Draft("message", log.conversation.side, {"text": press["title"]}), cid)
    if press.get("lasts"):
        log.work.execute(SPENT, {"this": log.conversation.id, "reply": reply_id})
    if owner := press.get("owner"):
        log.change_owner(Owner(owner), By.PERSON, speaker, reason="pressed")
    turn = None if owner else _add_turn(log, said, press["press"])
    return Sent(_seq(log, said), log.close(), turn)


def moves_owner(work: Connection, conversation: str, cid: str, reply_id: str) -> bool:
    """Whether this press would be taken now, and then change the owner."""
    row = work.execute(KNOWN, {"this": conversation, "cid": cid}).one()
    if row.n is not None or row.unanswered >= MOST_UNANSWERED:
        return False
    return "owner" in (_open_press(work, conversation, reply_id) or {})


def _open_press(work: Connection, conversation: str, reply_id: str) -> dict[str, Any] | None:
    """What this choice does, while its owner has not changed and its person has said nothing newer."""
    row = work.execute(OPEN, {"this": conversation, "reply": reply_id}).first()
    press: dict[str, Any] = msgspec.json.decode(row.press) if row else {}
    # The way back to the assistant stays open for as long as the person waits, whatever they write, and so do
    # the buttons of a notice, which comes unasked.
    stays = press.get("owner") == Owner.BOT or press.get("lasts")
    return press if row and (row.n > row.said or stays) else None


def _known(log: Log, cid: str) -> Sent | None:
    """The earlier send of this cid; raises Refused when too many sends wait for an answer."""
    seq = _SAID[f"{log.conversation.side}_seq"]
    row = log.work.execute(KNOWN, {"this": log.conversation.id, "cid": cid}).one()
    if row.n is not None:
        this = (_SAID.conversation == log.conversation.id) & (_SAID.n == row.n)
        return Sent(log.work.execute(select(seq).where(this)).scalar_one(), [])
    if row.unanswered >= MOST_UNANSWERED:
        raise Refused(SocketError.RATE_LIMITED)
    return None


def _say(log: Log, draft: Draft, cid: str) -> Event:
    said = log.append(draft, cid=cid)
    log.said = said.n
    return said


def _add_turn(log: Log, said: Event, press: dict[str, Any] | None) -> Turn | None:
    """The turn that is to be answered first: this one, or one that waits before it."""
    id = log.conversation.id
    turn = {"id": f"{id}-{_seq(log, said)}", "conversation": id, "n": said.n}
    log.work.execute(ADD_TURN, turn | {"press": to_json(press) if press else None})
    return next_turn(log.work, id)


def next_turn(work: Connection, conversation: str) -> Turn | None:
    """The oldest turn without an answer."""
    row = work.execute(NEXT, {"this": conversation}).mappings().first()
    if row is None:
        return None
    shown = work.execute(SHOWN, {"this": conversation, "before": row["at"]}).scalars()
    text = msgspec.json.decode(row["body"])["text"]
    press = msgspec.json.decode(row["press"]) if row["press"] else None
    return Turn(row["turn"], conversation_of(row), text, press, [str(quote) for quote in shown])


def unanswered(work: Connection) -> list[str]:
    """The conversations in which a turn waits or was running."""
    return list(work.execute(select(store.turns.c.conversation).distinct()).scalars())


def end_turn(work: Connection, id: str) -> bool:
    """Whether this one ended it: a turn ends once, also when two processes had it."""
    return work.execute(END_TURN, {"this": id}).rowcount == 1


def _seq(log: Log, said: Event) -> int:
    """The seq of the person's own event."""
    return said.seq(log.conversation.side) or 0
