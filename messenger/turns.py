"""Turns: one at a time in each conversation, in order, each answered, also after a crash.

What the bot says is stored only if the owner has not changed since the turn began, except that something
was done: that is told in any case. The delegated token is made for the call and kept nowhere.
"""

import asyncio
import logging
from typing import Any

from sqlalchemy import Connection

from messenger import sends
from messenger.clock import iso
from messenger.desk import Desk, Unreachable
from messenger.hub import Hub
from messenger.language import Languages
from messenger.log import Conversation, Event, Log, open_log
from messenger.ownership import By, Owner
from messenger.rendering import Draft, Saying, Speaker
from messenger.sends import Turn
from messenger.settings import Settings
from messenger.store import Store
from messenger.tokens import Keys, Person, delegated_token

logger = logging.getLogger(__name__)
RETRY_S = 1.0
MOST_TRIES = 2
RECOVERY_S = 60.0


class Turns:
    def __init__(
        self, store: Store, hub: Hub, desk: Desk, speaker: Speaker, keys: Keys, settings: Settings
    ) -> None:
        self._store = store
        self._hub = hub
        self._desk = desk
        self._speaker = speaker
        self._keys = keys
        self._settings = settings
        self._languages = Languages(set(speaker.words.languages))
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._kicked: set[str] = set()

    def kick(self, conversation: str, first: Turn | None = None) -> None:
        """There may be a turn to answer; `first` is the one that waits longest, where that was just read."""
        self._kicked.add(conversation)
        if conversation not in self._workers:
            self._workers[conversation] = asyncio.create_task(self._work(conversation, first))

    async def recover(self) -> None:
        """Answer what an earlier process left, once the bot is there; after a minute in any case."""
        left = await self._store.read(sends.unanswered)
        deadline = asyncio.get_running_loop().time() + RECOVERY_S
        while left and asyncio.get_running_loop().time() < deadline and await self._desk.missing():
            await asyncio.sleep(0.2)
        for conversation in left:
            self.kick(conversation)

    async def revoke(self, conversation: str) -> None:
        """Take back the running turn's token; with escrow out of reach the fence still holds."""
        turn = await self._next(conversation)
        if turn is None:
            return
        try:
            path = f"/v1/turns/{turn.id}/revoke"
            await self._desk.escrow("POST", path, body={}, key=f"revoke:{turn.id}", timeout_s=2)
        except Unreachable as wrong:
            logger.warning("turn %s not revoked: %s", turn.id, wrong)

    async def close(self) -> None:
        """Stop; what is unanswered stays in the store for the next start."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, conversation: str, turn: Turn | None) -> None:
        failed = 0
        while conversation in self._kicked:
            self._kicked.discard(conversation)
            try:
                while turn := turn or await self._next(conversation):
                    await self._run(turn, ask=failed < MOST_TRIES)
                    failed, turn = 0, None
            except Exception:
                # A turn that could not even be read has not failed: `turn` is none then.
                failed, turn = failed + (turn is not None), None
                logger.exception("conversation %s: a turn could not be kept, trying again", conversation)
                await asyncio.sleep(RETRY_S)
                self._kicked.add(conversation)
        del self._workers[conversation]

    async def _next(self, conversation: str) -> Turn | None:
        return await self._store.read(lambda work: sends.next_turn(work, conversation))

    async def _run(self, turn: Turn, *, ask: bool) -> None:
        """Answer one turn; `typing` off always follows, also when the owner is not the bot any more.

        Without `ask` in plain words of its own: what the bot says to this turn cannot be kept.
        """
        conversation = turn.conversation
        answers: list[Saying] = []
        if conversation.owner is Owner.BOT:
            self._hub.typing(conversation.id, on=True)
            answers = await self._answer(turn) if ask else []
        events = await self._store.write(lambda work: self._finish(work, turn, answers))
        if not events:
            logger.info("turn %s: nothing shown, the owner is not the bot", turn.id)
        self._hub.publish(events)
        self._hub.typing(conversation.id, on=False)

    async def _answer(self, turn: Turn) -> list[Saying]:
        """The sayings of the bot, or of this program where the bot cannot know or is not there."""
        offer = [self._speaker.person_option]
        if turn.press is None:
            if not any(char.isprintable() and not char.isspace() for char in turn.text):
                return [{"say": "frame.empty"}]
            if self._languages.unspoken(turn.text):
                return [{"say": "language.not_spoken", "options": offer}]
        call = asyncio.create_task(self._desk.turn(self._payload(turn)))
        try:
            done, _ = await asyncio.wait({call}, timeout=self._settings.slow_after_s)
            if not done:
                await self._say_slow(turn.conversation)
            return await call
        except Unreachable as wrong:
            logger.warning("turn %s: no answer of the bot: %s", turn.id, wrong)
            return [{"say": "trouble.rasa", "options": offer}]
        finally:
            call.cancel()

    def _payload(self, turn: Turn) -> dict[str, Any]:
        conversation = turn.conversation
        token = None
        if conversation.role != "visitor":
            person = Person(conversation.person, conversation.account, conversation.role)
            token = delegated_token(
                person, self._keys, conversation=conversation.id, turn=turn.id, shown=turn.shown
            )
        metadata = {"turn": turn.id, "token": token, "now": iso(self._desk.clock.now())}
        metadata |= {"tz": conversation.tz, "locale": conversation.locale}
        return {"sender": conversation.id, "text": turn.text, "press": turn.press, "metadata": metadata}

    async def _say_slow(self, conversation: Conversation) -> None:
        now = self._desk.clock.now()

        def store(work: Connection) -> list[Event]:
            log = open_log(work, conversation.id, now)
            if log.ownership.version != conversation.owner_version:
                return []
            log.append(self._speaker.offer_person("trouble.slow", log.voice))
            return log.close()

        self._hub.publish(await self._store.write(store))

    def _finish(self, work: Connection, turn: Turn, answers: list[Saying]) -> list[Event]:
        """Store the answer and that the turn is over, together; behind the fence only what was done."""
        before = turn.conversation
        log = open_log(work, before.id, self._desk.clock.now())
        if not sends.end_turn(work, turn.id):
            return []
        if before.owner is not Owner.BOT or log.ownership.version != before.owner_version:
            for saying in answers:
                if saying.get("done"):
                    log.append(self._draft(turn, saying | {"options": []}, log, sender="system"))
            return log.close()
        for saying in answers:
            if "say" in saying:
                log.append(self._draft(turn, saying, log))
            if hand_off := saying.get("hand_off"):
                reason = str(hand_off.get("reason", "asked"))
                log.change_owner(Owner.WAITING, By.BOT, self._speaker, reason=reason)
                break
        if not log.new:
            log.append(self._speaker.offer_person("trouble.rasa", log.voice))
        return log.close()

    def _draft(self, turn: Turn, saying: Saying, log: Log, *, sender: str = "bot") -> Draft:
        try:
            return self._speaker.draft(saying, log.voice, sender=sender)
        except (AttributeError, KeyError, TypeError) as wrong:
            logger.error("turn %s: a saying without its form: %s", turn.id, type(wrong).__name__)
            return self._speaker.offer_person("trouble.words", log.voice)
