"""Escrow's notices become events in the conversation of whoever they are for.

An item is stored for each of its persons once, with the cursor, in one transaction; only then escrow is
told that it was accepted, which is what starts the person's time to answer.
"""

import asyncio
import logging
from functools import partial
from typing import Any

from sqlalchemy import Connection, Executable, insert, select, update

from messenger import buttons, conversations, store
from messenger.desk import Desk, Unreachable
from messenger.hub import Hub
from messenger.log import Event, Log, open_log
from messenger.ownership import Owner
from messenger.rendering import Draft, Option, Speaker
from messenger.settings import Settings
from messenger.store import Store
from messenger.tokens import Person
from messenger.wording import Voice

logger = logging.getLogger(__name__)
PAUSE_S = 1.0
CURSOR = "notices"


class Notices:
    def __init__(self, store: Store, hub: Hub, desk: Desk, speaker: Speaker, settings: Settings) -> None:
        self._store = store
        self._hub = hub
        self._desk = desk
        self._speaker = speaker
        self._wait_s = settings.notice_wait_s

    async def run(self) -> None:
        """For as long as the program runs; escrow may come and go."""
        well = True
        while True:
            try:
                await self.take()
                well = True
            except Unreachable as wrong:
                if well:
                    logger.warning("no notices for now: escrow: %s", wrong)
                well = False
                await asyncio.sleep(PAUSE_S)
            except Exception:
                logger.exception("notices could not be kept, trying again")
                await asyncio.sleep(PAUSE_S)

    async def take(self) -> None:
        """One long poll: store what has come, then tell escrow that it was accepted."""
        after = await self._store.read(_cursor)
        path = f"/v1/notices?after={after}&wait={self._wait_s}"
        status, page = await self._desk.escrow("GET", path, timeout_s=self._wait_s + 10)
        if status != 200:
            raise Unreachable(f"status {status}")
        for item in page["items"]:
            self._hub.publish(await self._store.write(partial(self._keep, item)))
        if not page["items"] and int(page["next"]) != after:
            await self._store.write(partial(_move_cursor, int(page["next"])))
        await self._accept()

    async def _accept(self) -> None:
        """Tell escrow of all that is stored and not yet told, also by a process that died before it could."""
        table = store.notices.c
        untold = select(table.id).where(~table.accepted).distinct().order_by(table.id)
        for id in await self._store.read(lambda work: list(work.execute(untold).scalars())):
            status, _ = await self._desk.escrow(
                "POST", f"/v1/notices/{id}/accepted", body={}, key=f"notice:{id}"
            )
            # 404: escrow has no such notice, so there is nothing to tell.
            if status not in (200, 404):
                raise Unreachable(f"status {status}")
            told = update(store.notices).where(table.id == id).values(accepted=True)
            await self._store.write(partial(_execute, told))

    def _keep(self, item: dict[str, Any], work: Connection) -> list[Event]:
        new: list[Event] = []
        for person in item["persons"]:
            new += self._tell(work, item, person)
        _move_cursor(int(item["id"]), work)
        return new

    def _tell(self, work: Connection, item: dict[str, Any], person: str) -> list[Event]:
        table = store.notices.c
        told = select(table.id).where(table.id == str(item["id"]), table.person == person)
        if work.execute(told).first():
            return []
        log = self._log(work, item, person)
        log.append(self._draft(item, log))
        row = {"id": str(item["id"]), "person": person, "conversation": log.conversation.id}
        work.execute(insert(store.notices), row | {"accepted": False})
        return log.close()

    def _log(self, work: Connection, item: dict[str, Any], person: str) -> Log:
        """The person's last active open conversation, else a new one in the account's language and zone."""
        table, now = store.conversations.c, self._desk.clock.now()
        theirs = select(table.id).where(table.person == person, table.account == item["account"])
        latest = theirs.where(table.owner != Owner.CLOSED).order_by(table.active.desc()).limit(1)
        if id := work.execute(latest).scalar():
            return open_log(work, id, now)
        role = item.get("role") or "buyer"
        locale = item.get("locale") or "en"
        voice = Voice("en", locale, item.get("zone") or "UTC", now)
        return conversations.start(work, Person(person, item["account"], role), voice, self._speaker)

    def _draft(self, item: dict[str, Any], log: Log) -> Draft:
        """In the words for the person's role where there are such, else in those for all."""
        key = f"notice.{item['kind']}"
        own = f"{key}.{log.conversation.role}"
        facts = facts_of(item, log.conversation.role)
        said = own if self._speaker.words.has(own, log.voice) else key
        text = self._speaker.words.say(said, facts, log.voice)
        about = {name: item[name] for name in ("kind", "order", "claim") if item.get(name)}
        options = self._options(item, log)
        return Draft("notice", "system", {"text": text, **about}, options)

    def _options(self, item: dict[str, Any], log: Log) -> tuple[Option, ...]:
        """None while a person of the desk has it or is waited for: then the assistant begins nothing."""
        if log.ownership.owner is not Owner.BOT:
            return ()
        offered = buttons.offered(item, log.conversation.role, self._speaker.person_option)
        return self._speaker.options(offered, log.voice)


def facts_of(item: dict[str, Any], role: str) -> dict[str, Any]:
    """With which its words are said to somebody of that role."""
    facts = {"order": item.get("order"), "claim": item.get("claim"), **(item.get("facts") or {})}
    # One that was kept before does not tell what its own step moved: then it is all that ever was.
    facts.setdefault("moved", facts.get("money"))
    return facts | {"held_is": _held(facts), "goes_is": f"{_goes(facts)}.{role}"}


def _held(facts: dict[str, Any]) -> str:
    """How much of what is claimed is kept back, as the words for it are called."""
    held, amount = facts.get("held"), facts.get("amount")
    return "nothing" if not held or not held["minor"] else "all" if held == amount else "part"


def _goes(facts: dict[str, Any]) -> str:
    """When the money of what was delivered goes, as the words for it are called."""
    money = facts.get("money") or {}
    if not money.get("held", {}).get("minor"):
        return "at_once"
    return "claimed" if money["held"] == money.get("on_claim") else "by_silence"


def _cursor(work: Connection) -> int:
    return work.execute(select(store.cursors.c.value).where(store.cursors.c.name == CURSOR)).scalar() or 0


def _move_cursor(to: int, work: Connection) -> None:
    """Only ever on: what comes late, because nobody could be told before, has a number from before."""
    table, to = store.cursors.c, max(to, _cursor(work))
    if work.execute(update(store.cursors).where(table.name == CURSOR).values(value=to)).rowcount == 0:
        work.execute(insert(store.cursors), {"name": CURSOR, "value": to})


def _execute(statement: Executable, work: Connection) -> None:
    work.execute(statement)
