"""Conversations: whose they are, which one a person means, and who waits for an agent."""

import secrets
import time
from typing import Any

from sqlalchemy import Connection, insert, select, update

from messenger import store
from messenger.log import Conversation, Event, Log, NotFound, conversation_of, open_log
from messenger.ownership import Owner
from messenger.rendering import Speaker
from messenger.tokens import Person
from messenger.wording import Voice

_OF = store.conversations.c


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
    return conversation_of(row), []


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


def read_up_to(work: Connection, conversation: str, seq: int) -> None:
    later = update(store.conversations).where(_OF.id == conversation, _OF.read < seq)
    work.execute(later.values(read=seq))


def waiting(work: Connection) -> list[dict[str, Any]]:
    """The queue, longest wait first, with whose it is and since when by the desk's clock."""
    owners = store.owners.c
    this = (owners.conversation == _OF.id) & (owners.version == _OF.owner_version)
    whose = (_OF.id.label("conversation"), _OF.person, _OF.account, _OF.role)
    queue = select(*whose, _OF.owner, _OF.owner_version, owners.at.label("since"), owners.reason)
    rows = work.execute(queue.where(this, _OF.owner == Owner.WAITING).order_by(_OF.waiting_since))
    return [{**row, "position": position} for position, row in enumerate(rows.mappings(), start=1)]
