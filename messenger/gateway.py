"""The WebSocket: one `Socket` for each open page or terminal, in frames of JSON."""

import asyncio
import hashlib
import json
import logging
import re
import secrets
import time
import zoneinfo
from collections import deque
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from aiohttp import WSMsgType, web
from babel import Locale, UnknownLocaleError
from sqlalchemy import Connection, insert, select

from contract.codes import SocketError
from messenger import cards, conversations, sends, store
from messenger.clock import iso
from messenger.desk import Desk, Unreachable
from messenger.hub import Hub
from messenger.log import Conversation, Event, NotFound, clean, find, open_log, since
from messenger.ownership import NotTheirs, Owner, Stale
from messenger.rendering import Speaker
from messenger.sends import Refused, Sent
from messenger.settings import Settings
from messenger.store import Store
from messenger.tokens import AGENTS, Keys, Person, Unauthenticated, verify_session
from messenger.turns import Turns
from messenger.wording import Voice

logger = logging.getLogger(__name__)

LONGEST_TEXT = 10_000
LARGEST_FRAME = 1 << 20
HELLO_WITHIN_S = 10
CLOSE_UNAUTHENTICATED = 4401
MOST_QUEUED = 2_000
MOST_A_MINUTE_UNOWNED = 20
# Nests of brackets end the decoder as they end any recursion.
MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
ZONES = zoneinfo.available_timezones()
ID = r"[\x21-\x7e]{1,128}"
Id = Annotated[str, msgspec.Meta(pattern=rf"\A{ID}\Z")]
# In what is no JSON at all: the first that is named; inside a string its quotes would be escaped.
CID = re.compile(r'"cid"\s*:\s*"([\x21\x23-\x5b\x5d-\x7e]{1,128})"')


class Hello(msgspec.Struct, tag_field="frame", tag="hello"):
    token: str | None = None
    conversation: Id | None = None
    after: Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)] = 0
    tz: str = "UTC"
    locale: str = "en"


class Send(msgspec.Struct, tag_field="frame", tag="send"):
    cid: Id
    text: str | None = None
    reply_id: Id | None = None
    form: dict[str, Any] | None = None


class Read(msgspec.Struct, tag_field="frame", tag="read"):
    seq: Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)]


class Typing(msgspec.Struct, tag_field="frame", tag="typing"):
    on: bool = True


@dataclass(frozen=True)
class Gateway:
    """What all sockets share."""

    store: Store
    hub: Hub
    desk: Desk
    turns: Turns
    speaker: Speaker
    keys: Keys
    settings: Settings
    open: set[web.WebSocketResponse] = field(default_factory=set)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        if not self.own_origin(request):
            raise web.HTTPForbidden(text="This page may not open the desk.")
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=LARGEST_FRAME)
        await socket.prepare(request)
        self.open.add(socket)
        try:
            await Socket(self, socket).run()
        finally:
            self.open.discard(socket)
        return socket

    async def close(self, _app: web.Application) -> None:
        """Send everybody away; they come back to whoever takes over and read on from their last seq."""
        await asyncio.gather(*(socket.close(code=1001) for socket in list(self.open)))

    def own_origin(self, request: web.Request) -> bool:
        """Browsers always name the page's origin; a client that is no browser names none."""
        origin = request.headers.get("Origin")
        own = (f"{scheme}://{request.host}" for scheme in ("http", "https"))
        return origin is None or origin in self.settings.origins or origin in own


class Socket:
    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse) -> None:
        self._gateway = gateway
        self._socket = socket
        self._outgoing: asyncio.Queue[dict[str, Any] | Event] = asyncio.Queue()
        self._caller: Person | None = None
        self._conversation: Conversation | None = None
        self._sent = 0
        # What arrives between joining and `ready`; None once that is out.
        self._early: list[dict[str, Any] | Event] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._closing: asyncio.Future[Any] | None = None
        self._lately: deque[float] = deque(maxlen=MOST_A_MINUTE_UNOWNED)

    async def run(self) -> None:
        writer = asyncio.create_task(self._write())
        hello = asyncio.get_running_loop().call_later(HELLO_WITHIN_S, self._expire)
        self._expiry = hello
        try:
            async for message in self._socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self._take(message.data)
        finally:
            self._leave()
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    # Outgoing: one queue, one writer.

    def put(self, item: dict[str, Any] | Event) -> None:
        if self._early is not None:
            self._early.append(item)
        elif self._outgoing.qsize() < MOST_QUEUED:
            self._outgoing.put_nowait(item)
        elif not self._socket.closed:
            # Too slow to follow: it comes back and reads on from its last seq.
            self._closing = asyncio.ensure_future(self._socket.close(code=1013))

    async def _write(self) -> None:
        try:
            while True:
                item = await self._outgoing.get()
                if isinstance(item, Event):
                    await self._write_event(item)
                else:
                    await self._socket.send_str(msgspec.json.encode(item).decode())
        except ConnectionError:
            return
        except Exception:
            logger.exception("a socket could not be written to; its client comes back")
            self._closing = asyncio.ensure_future(self._socket.close(code=1011))

    async def _write_event(self, event: Event) -> None:
        """Each once and in order: what was overtaken on the way here is read from the log first."""
        conversation = self._conversation
        if conversation is None or event.conversation != conversation.id:
            return
        side = conversation.side
        seq = event.seq(side)
        if seq is None or seq <= self._sent:
            return
        missed = [event]
        if seq > self._sent + 1:
            missed = await self._log(conversation, self._sent)
        for one in missed:
            # A hello meanwhile has begun anew, with what it wants to be sent.
            if self._conversation is not conversation:
                return
            self._sent = one.seq(side) or self._sent
            await self._socket.send_str(msgspec.json.encode(one.frame(side)).decode())

    async def _log(self, conversation: Conversation, after: int) -> list[Event]:
        return await self._gateway.store.read(
            lambda work: since(work, conversation.id, conversation.side, after)
        )

    # Incoming.

    async def _take(self, data: str | bytes) -> None:
        cid = None
        try:
            frame = msgspec.json.decode(data, type=Hello | Send | Read | Typing)
            cid = frame.cid if isinstance(frame, Send) else None
            if isinstance(frame, Hello):
                await self._hello(frame)
            elif self._caller is None:
                self._error(SocketError.BAD_FRAME, "Say hello first.", cid)
            elif isinstance(frame, Send):
                await self._send(frame)
            elif isinstance(frame, Read):
                await self._read(frame)
        except MALFORMED:
            self._error(SocketError.BAD_FRAME, "This frame is not one of the protocol.", _cid_of(data))
        except Unauthenticated:
            await self._close_unauthenticated()
        except NotFound:
            self._error(SocketError.NOT_FOUND, "There is no such conversation.", cid)
        except (Stale, NotTheirs):
            self._error(SocketError.EXPIRED_REPLY, "That choice is no longer open.", cid)
        except Refused as refused:
            self._error(refused.code, MESSAGES[refused.code], cid)

    def _error(self, code: SocketError, message: str, cid: str | None = None) -> None:
        self.put({"frame": "error", "code": code, "message": message} | ({"cid": cid} if cid else {}))

    def _expire(self) -> None:
        self._closing = asyncio.ensure_future(self._close_unauthenticated())

    async def _close_unauthenticated(self) -> None:
        error = {"frame": "error", "code": SocketError.UNAUTHENTICATED, "message": "Please sign in again."}
        self._leave()
        if not self._socket.closed:
            await self._socket.send_str(msgspec.json.encode(error).decode())
            await self._socket.close(code=CLOSE_UNAUTHENTICATED)

    def _leave(self) -> None:
        if self._conversation:
            self._gateway.hub.leave(self._conversation.id, self)
        if self._expiry:
            self._expiry.cancel()
        self._conversation = self._caller = None

    async def _hello(self, hello: Hello) -> None:
        gateway = self._gateway
        caller, resume = await self._identify(hello.token)
        if caller.role in AGENTS:
            raise NotFound
        await gateway.desk.learn_time()
        voice = self._voice(hello)
        conversation, new = await gateway.store.write(
            lambda work: conversations.attach(work, caller, hello.conversation, voice, gateway.speaker)
        )
        self._leave()
        self._early = []
        self._caller, self._conversation = caller, conversation
        gateway.hub.join(conversation.id, self)
        if caller.expires is not None:
            left = max(0.0, caller.expires - time.time())
            self._expiry = asyncio.get_running_loop().call_later(left, self._expire)
        gateway.hub.publish(new)
        await self._ready(hello.after, resume)

    async def _ready(self, after: int, resume: str | None) -> None:
        conversation = self._conversation
        assert conversation is not None
        fresh, log = await self._gateway.store.read(lambda work: _snapshot(work, conversation, after))
        self._sent = min(after, fresh.seq)
        ready = {"frame": "ready", "conversation": conversation.id, "seq": fresh.seq, "owner": fresh.owner}
        ready |= {"server_now": iso(self._gateway.desk.clock.now()), "owner_version": fresh.owner_version}
        early, self._early = self._early or [], None
        for item in [ready | ({"resume": resume} if resume else {}), *log, *early]:
            self._outgoing.put_nowait(item)
        if conversation.id in self._gateway.hub.answering:
            self.put({"frame": "typing", "on": True, "from": "bot"})

    async def _identify(self, token: str | None) -> tuple[Person, str | None]:
        """A signed-in person, or a visitor with the secret by which they are known again."""
        if token is not None and token.count(".") == 2:
            return verify_session(token, self._gateway.keys), None
        secret = token if token is not None else secrets.token_urlsafe(24)
        hashed = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
        visitor = await self._gateway.store.write(lambda work: _visitor(work, hashed, new=token is None))
        return Person(visitor, "-", "visitor"), secret

    def _voice(self, hello: Hello) -> Voice:
        tz = hello.tz if hello.tz in ZONES else "UTC"
        try:
            locale = str(Locale.parse(hello.locale.replace("-", "_")))
        except (ValueError, UnknownLocaleError):
            locale = "en"
        spoken = locale.split("_")[0]
        language = spoken if spoken in self._gateway.speaker.words.languages else "en"
        return Voice(language, locale, tz, self._gateway.desk.clock.now())

    async def _send(self, send: Send) -> None:
        conversation = self._conversation
        said = [part for part in (send.text, send.reply_id, send.form) if part is not None]
        if conversation is None or len(said) != 1:
            raise msgspec.ValidationError("one of text, reply_id, form")
        if send.text is not None and len(send.text) > LONGEST_TEXT:
            raise Refused(SocketError.TOO_LONG)
        sent = await self._stored(conversation, send)
        self._gateway.hub.publish(sent.events)
        self.put({"frame": "ack", "cid": send.cid, "seq": sent.seq})
        if sent.turn:
            self._gateway.turns.kick(conversation.id, sent.turn)

    async def _stored(self, conversation: Conversation, send: Send) -> Sent:
        gateway, now = self._gateway, self._gateway.desk.clock.now()
        text, masked = await self._covered(conversation, clean(send.text or ""))

        def press(work: Connection) -> Sent:
            # No form is offered yet, so none can be open.
            log = open_log(work, conversation.id, now)
            return sends.send_press(log, send.cid, send.reply_id or "", speaker=gateway.speaker)

        def typed(work: Connection) -> Sent:
            log = open_log(work, conversation.id, now)
            if log.ownership.owner is not Owner.BOT:
                self._slow_down()
            return sends.send_text(log, send.cid, text, masked=masked, speaker=gateway.speaker)

        if send.text is not None:
            return await gateway.store.write(typed)
        about = conversation.id, send.cid, send.reply_id or ""
        if await gateway.store.read(lambda work: sends.moves_owner(work, *about)):
            await gateway.turns.revoke(conversation.id)
        return await gateway.store.write(press)

    def _slow_down(self) -> None:
        """Nobody answers while a person waits, so there the machine's clock bounds the sends."""
        now = time.monotonic()
        if len(self._lately) == MOST_A_MINUTE_UNOWNED and now - self._lately[0] < 60:
            raise Refused(SocketError.RATE_LIMITED)
        self._lately.append(now)

    async def _read(self, read: Read) -> None:
        if conversation := self._conversation:
            await self._gateway.store.write(
                lambda work: conversations.read_up_to(work, conversation.id, read.seq)
            )

    async def _covered(self, conversation: Conversation, text: str) -> tuple[str, bool]:
        """Cards masked. Where there seems to be one, escrow is asked which orders are theirs, not told why.

        With escrow out of reach, a card that might be stored is worse than an order id that is covered.
        """
        covered, masked = cards.mask(text)
        if not masked or conversation.role == "visitor":
            return covered, masked
        person = Person(conversation.person, conversation.account, conversation.role)
        try:
            theirs = await self._gateway.desk.orders_of(person, conversation.id)
        except Unreachable as wrong:
            logger.warning("conversation %s: covered without knowing its orders: %s", conversation.id, wrong)
            return covered, masked
        return cards.mask(text, theirs)


MESSAGES = {
    SocketError.TOO_LONG: f"A message has at most {LONGEST_TEXT:,} characters.",
    SocketError.RATE_LIMITED: "Please wait for the answers to what you have sent.",
    SocketError.EXPIRED_REPLY: "That choice is no longer open.",
}


def _visitor(work: Connection, hashed: str, *, new: bool) -> str:
    table = store.visitors.c
    if new:
        id = f"visitor-{secrets.token_hex(8)}"
        work.execute(insert(store.visitors), {"id": id, "secret_hash": hashed})
        return id
    known = work.execute(select(table.id).where(table.secret_hash == hashed)).scalar()
    if known is None:
        raise Unauthenticated
    return str(known)


def _snapshot(work: Connection, conversation: Conversation, after: int) -> tuple[Conversation, list[Event]]:
    """The counters first: `ready` must not name what is stored between the two statements."""
    return find(work, conversation.id), since(work, conversation.id, conversation.side, after)


def _cid_of(data: str | bytes) -> str | None:
    """The cid of a frame that is wrong otherwise, however wrong: its sender learns which was refused."""
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    try:
        # More lenient than the protocol's decoder: halves of surrogate pairs and control characters pass.
        frame = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        found = CID.search(text)
        return found[1] if found else None
    cid = frame.get("cid") if isinstance(frame, dict) else None
    return cid if isinstance(cid, str) and re.fullmatch(ID, cid) else None
