"""The WebSocket's promises, over real sockets and both stores."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import aiohttp
import pytest

from messenger import gateway
from messenger.gateway import Socket
from messenger.hub import Hub
from messenger.log import Event, since
from messenger.settings import Settings
from messenger.tokens import Person
from tests.messenger.conftest import ALICE, BRUNO, OMAR, run, world_of

pytestmark = pytest.mark.slow


TUNDE = Person(sub="tunde", account=ALICE.account, role="buyer")


def lose_what_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sockets hear only of the answers, so that they have to read the log."""
    publish = Hub.publish

    def lossy(hub: Hub, events: list[Event]) -> None:
        publish(hub, [event for event in events if event.cid is None])

    monkeypatch.setattr(Hub, "publish", lossy)


def test_a_new_conversation_begins_with_the_greeting_as_event_one(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.client() as client:
            ready = await client.hello(token=world.token())
            assert (ready["seq"], ready["owner"], ready["owner_version"]) == (1, "bot", 0)
            greeting = await client.next()
            assert (greeting["seq"], greeting["type"], greeting["from"]) == (1, "message", "bot")
            assert "automatic" in greeting["body"]["text"]
            frames = await client.say("hello")
            kinds = [(f["frame"], f.get("from"), f.get("on")) for f in frames]
            assert kinds == [
                ("event", "buyer", None),
                ("ack", None, None),
                ("typing", "bot", True),
                ("event", "bot", None),
                ("typing", "bot", False),
            ]

    run(scene())


def test_what_was_said_is_there_again_after_a_reload_from_any_seq(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            async with world.ready() as client:
                await client.say("one")
                await client.say("two")
                seen = client.events
            async with world.ready(conversation=client.conversation) as again:
                assert again.events == seen
            async with world.ready(conversation=client.conversation, after=3) as later:
                assert later.events == seen[3:]

    run(scene())


def test_left_out_means_the_last_active_one_and_new_leaves_it_open(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            async with world.ready() as first, world.ready() as second:
                assert first.conversation != second.conversation
                await first.say("here")
            async with world.client() as client:
                ready = await client.hello(token=world.token())
                assert ready["conversation"] == first.conversation

    run(scene())


@pytest.mark.parametrize("other", [BRUNO, TUNDE])
def test_another_persons_conversation_is_not_found_like_one_that_is_not(
    settings: Settings, other: Person
) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as alice, world.client() as client:
            answers = []
            for wanted in (alice.conversation, "c00000000000000000000"):
                await client.send(frame="hello", token=world.token(other), conversation=wanted, after=0)
                answers.append(await client.next())
            assert answers[0] == answers[1]
            assert answers[0]["code"] == "not_found"
            await client.send(frame="send", cid="x", text="mine?")
            assert (await client.next())["code"] == "bad_frame"

    run(scene())


def test_a_bad_or_expired_token_is_refused_and_closes_with_4401(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            forged = world.token()[:-6] + "AAAAAA"
            for token in (forged, world.token(lives_s=-60), "a.b.c", "", "made-up-resume-secret"):
                async with world.client() as client:
                    await client.send(frame="hello", token=token, after=0)
                    assert (await client.next())["code"] == "unauthenticated"
                    assert (await client.socket.receive()).type is aiohttp.WSMsgType.CLOSE
                    assert client.socket.close_code == 4401

    run(scene())


def test_a_session_that_ends_on_an_open_socket_closes_it_unless_hello_renews(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.client() as ended, world.client() as renewed:
            for client in (ended, renewed):
                await client.hello(token=world.token(lives_s=2))
            await renewed.hello(token=world.token(), conversation=renewed.conversation, after=1)
            assert (await ended.until(frame="error"))["code"] == "unauthenticated"
            await renewed.say("still here")

    run(scene())


def test_a_visitor_comes_back_with_the_resume_secret_and_sees_only_their_own(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            async with world.client() as client:
                ready = await client.hello()
                await client.say("what is the badge?")
                assert world.bot.turns[0]["metadata"]["token"] is None
                assert {event["from"] for event in client.events} == {"buyer", "bot"}
            async with world.ready(token=ready["resume"], conversation=ready["conversation"]) as again:
                assert again.events == client.events
            async with world.client() as other:
                await other.hello()
                await other.send(frame="hello", conversation=ready["conversation"], after=0)
                assert (await other.until(frame="error"))["code"] == "not_found"

    run(scene())


def test_the_same_cid_twice_is_one_event_and_one_turn(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            for _ in range(3):
                await client.send(frame="send", cid="same", text="once")
            acks = [await client.until(frame="ack") for _ in range(3)]
            assert {ack["seq"] for ack in acks} == {2}
            while not any(frame.get("on") is False for frame in client.frames):
                await client.next()
            await client.say("then")
            assert client.texts[1:] == ["once", "heard once", "then", "heard then"]
            assert [event.get("cid") for event in client.events][1] == "same"

    run(scene())


def test_two_tabs_see_the_same_events_in_the_same_order(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as one, world.client() as two:
            await two.hello(token=world.token(), conversation=one.conversation)
            sends = [one.send(frame="send", cid=f"a{n}", text=f"a{n}") for n in range(5)]
            sends += [two.send(frame="send", cid=f"b{n}", text=f"b{n}") for n in range(5)]
            await asyncio.gather(*sends)
            for client in (one, two):
                await client.until(frame="event", seq=21)
            assert one.events == two.events
            assert [event["seq"] for event in one.events] == list(range(1, 22))

    run(scene())


def test_a_page_of_another_origin_cannot_open_the_socket(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            async with world.client(Origin=world.url) as client:
                await client.hello()
            for other in ("https://evil.example", "http://[", "null"):
                with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                    async with world.client(Origin=other):
                        pass

    run(scene())


def test_agents_have_no_conversation_of_their_own_here(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.client() as client:
            await client.send(frame="hello", token=world.token(OMAR), after=0)
            assert (await client.next())["code"] == "not_found"

    run(scene())


def test_a_hello_for_another_conversation_counts_while_the_log_of_the_first_is_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, ready = Socket._log, Socket._ready
    reading, go = asyncio.Event(), asyncio.Event()

    async def slow(socket: Socket, *about: Any) -> list[Event]:
        events = await read(socket, *about)
        reading.set()
        await go.wait()
        return events

    async def then_go(socket: Socket, *about: Any) -> None:
        await ready(socket, *about)
        if reading.is_set():
            go.set()

    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            lose_what_is_typed(monkeypatch)
            await client.send(frame="send", cid="1", text="lost on the way")
            await reading.wait()
            await client.hello(token=world.token(), conversation="new")
            assert (await client.until(frame="event"))["conversation"] == client.conversation
            assert client.events[-1]["seq"] == 1

    monkeypatch.setattr(Socket, "_log", slow)
    monkeypatch.setattr(Socket, "_ready", then_go)
    run(scene())


def test_a_socket_that_cannot_read_the_log_is_closed_so_that_its_client_comes_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_socket: Socket, *_about: Any) -> list[Event]:
        raise OSError("no database")

    async def scene() -> None:
        async with world_of(settings) as world:
            async with world.ready() as client:
                lose_what_is_typed(monkeypatch)
                await client.send(frame="send", cid="1", text="lost on the way")
                while (await client.socket.receive(timeout=20)).type is aiohttp.WSMsgType.TEXT:
                    pass
                assert client.socket.close_code == 1011
            async with world.ready(conversation=client.conversation) as again:
                assert "lost on the way" in again.texts

    monkeypatch.setattr(Socket, "_log", broken)
    run(scene())


def test_ready_names_no_event_that_does_not_follow_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is stored while the snapshot is taken."""
    taking, stored = threading.Event(), threading.Event()

    def wait_for_it(*about: Any) -> Any:
        found = since(*about)
        taking.set()
        stored.wait(5)
        return found

    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client, world.client() as other:
            monkeypatch.setattr(gateway, "since", wait_for_it)
            hello = {"frame": "hello", "token": world.token(), "conversation": client.conversation}
            await other.send(**hello, after=0)
            await asyncio.to_thread(taking.wait, 5)
            await client.say("meanwhile")
            stored.set()
            ready = await other.until(frame="ready")
            await other.until(frame="event", seq=3)
            assert ready["seq"] <= 3
            assert [event["seq"] for event in other.events] == [1, 2, 3]
            replayed = other.frames[1 : 1 + ready["seq"]]
            assert [frame["frame"] for frame in replayed] == ["event"] * ready["seq"]

    run(scene())


def test_sixty_sends_with_many_drops_are_shown_once_and_in_order(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            seen: list[dict[str, Any]] = []
            drops = 0
            async with world.ready() as client:
                conversation, seen = client.conversation, client.events
            unacked = [f"c{n}" for n in range(60)]
            while unacked or seen[-1]["seq"] < 121:
                async with world.client() as client:
                    after = seen[-1]["seq"]
                    await client.hello(token=world.token(), conversation=conversation, after=after)
                    for cid in unacked[:7]:
                        await client.send(frame="send", cid=cid, text=cid)
                    for _ in range(3 + drops % 9):
                        try:
                            frame = await asyncio.wait_for(client.next(), 0.5)
                        except TimeoutError:
                            break
                        if frame["frame"] == "ack":
                            unacked.remove(frame["cid"])
                    seen += client.events
                    drops += 1
                    transport = client.socket._response.connection
                    assert transport is not None and transport.transport is not None
                    transport.transport.abort()
            assert drops >= 20
            assert [event["seq"] for event in seen] == list(range(1, 122))
            own = [event["cid"] for event in seen if event["from"] == "buyer"]
            assert own == [f"c{n}" for n in range(60)]
            heard = [event["body"]["text"] for event in seen[1:] if event["from"] == "bot"]
            assert heard == [f"heard c{n}" for n in range(60)]

    run(scene())
