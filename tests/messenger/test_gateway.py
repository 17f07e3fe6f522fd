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


async def offer(_turn: dict[str, Any]) -> list[dict[str, Any]]:
    options = [
        {"say": "option.open_claim", "press": {"intent": "open_claim", "entities": []}},
        {"say": "option.claim_status", "press": {"intent": "claim_status", "entities": []}},
    ]
    return [{"say": "heard", "facts": {"x": "choose"}, "options": options}]


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


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        '{"frame":"nothing"}',
        '{"frame":"send","cid":"c"}',
        '{"frame":"send","cid":"c","text":"a","reply_id":"b"}',
        '{"frame":"send","cid":"c","text":5}',
        '{"frame":"send","cid":"","text":"a"}',
        '{"frame":"send","cid":"a\\u0000b","text":"a"}',
        '{"frame":"send","text":"a"}',
        '{"frame":"send","cid":"c","text":"\\ud800"}',
        '{"frame":"read","seq":-1}',
        '{"frame":"hello","after":"1"}',
        '{"frame":"hello","conversation":"a\\u0000b"}',
        '{"frame":"send","cid":"c","nest":' + "[" * 5000 + "]" * 5000 + "}",
    ],
    ids=lambda frame: frame[:40],
)
def test_a_frame_that_is_none_of_the_protocol_is_a_bad_frame_and_the_socket_lives(
    settings: Settings, frame: str
) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            await client.socket.send_str(frame)
            assert (await client.next())["code"] == "bad_frame"
            await client.say("well")

    run(scene())


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"frame":"send","cid":"c"}', "bad_frame"),
        ('{"frame":"send","cid":"c","text":5}', "bad_frame"),
        ('{"frame":"send","cid":"c","text":null,"reply_id":""}', "bad_frame"),
        ('{"frame":"send","cid":"c","text":"a","reply_id":"b"}', "bad_frame"),
        ('{"frame":"send","cid":"c","text":"a","form":[]}', "bad_frame"),
        ('{"frame":"send","cid":"c","reply_id":"a\\u0000b"}', "bad_frame"),
        ('{"cid":"c","text":"a"}', "bad_frame"),
        ('{"frame":"sent","cid":"c","text":"a"}', "bad_frame"),
        ('{"frame":7,"cid":"c","text":"a"}', "bad_frame"),
        ('{"frame":"read","cid":"c","seq":-1}', "bad_frame"),
        ('{"frame":"send","cid":"c","text":"\\ud800"}', "bad_frame"),
        ('{"frame":"send","text":"half \\udc00 of one","cid":"c"}', "bad_frame"),
        (b'{"frame":"send","cid":"c","text":"\xff\xfe"}', "bad_frame"),
        (b'{"frame":"send","cid":"c","text":"\xed\xa0\x80"}', "bad_frame"),
        ('{"frame":"send","cid":"c","text":"cut off', "bad_frame"),
        ('{"frame":"send","cid":"c","text":"a"}}', "bad_frame"),
        ('{"frame":"send","cid":"c","text":"\n"}', "bad_frame"),
        ('{"frame":"send","cid":"c","nest":' + "[" * 5000 + "]" * 5000 + "}", "bad_frame"),
        ('{"frame":"send","cid":"c","text":"' + "x" * 10_001 + '"}', "too_long"),
        ('{"frame":"send","cid":"c","text":"' + "x" * 900_000 + '"}', "too_long"),
        ('{"frame":"send","cid":"c","reply_id":"unknown"}', "expired_reply"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_refused_is_named_by_its_cid(settings: Settings, frame: str | bytes, code: str) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            if isinstance(frame, bytes):
                await client.socket.send_bytes(frame)
            else:
                await client.socket.send_str(frame)
            error = await client.next()
            assert (error["frame"], error["code"], error.get("cid")) == ("error", code, "c")
            await client.say("well")
            assert client.texts[1:] == ["well", "heard well"]

    run(scene())


@pytest.mark.parametrize(
    "frame",
    [
        '{"frame":"send","cid":7,"text":"a"}',
        '{"frame":"send","cid":{"cid":"c"},"text":"a"}',
        '{"frame":"send","form":{"cid":"c"},"text":"a"}',
        '{"frame":"send","text":"\\"cid\\":\\"c\\"',
        '{"frame":"send","cid":"\\ud800","text":"a"}',
        '{"frame":"send","cid":"' + "c" * 129 + '","text":"a"}',
        '[{"cid":"c"}]',
        "null",
    ],
    ids=lambda frame: frame[:60],
)
def test_a_refused_frame_without_a_cid_that_can_be_one_names_none(settings: Settings, frame: str) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            await client.socket.send_str(frame)
            error = await client.next()
            assert (error["code"], error.get("cid")) == ("bad_frame", None)
            await client.say("well")

    run(scene())


def test_strange_texts_survive_and_are_answered(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            strange = [
                "x" * 5000,
                "😀🏳️‍🌈",
                "\u202eabc\u202c \u200f",
                '/open_claim{"order_id":"1"}',
                "\n\t<b>",
            ]
            for text in strange:
                frames = await client.say(text)
                own = next(frame for frame in frames if frame.get("from") == "buyer")
                assert own["body"]["text"] == text
                assert len([frame for frame in frames if frame["frame"] == "event"]) == 2
            await client.say("a\0b")
            assert client.texts[-2:] == ["ab", "heard ab"]
            for text in ("", "  ", "\0"):
                await client.say(text)
                assert client.events[-1]["from"] == "bot"

    run(scene())


def test_a_text_has_at_most_ten_thousand_characters(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            await client.send(frame="send", cid="long", text="😀" * 10_001)
            error = await client.next()
            assert (error["code"], error["cid"]) == ("too_long", "long")
            await client.say("😀" * 10_000)

    run(scene())


def test_from_twenty_unanswered_sends_the_next_is_refused(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            go = asyncio.Event()

            async def held(_turn: dict[str, Any]) -> list[dict[str, Any]]:
                await go.wait()
                return [{"say": "greet.hello"}]

            world.bot.answer = held
            for n in range(21):
                await client.send(frame="send", cid=f"c{n}", text=str(n))
            error = await client.until(frame="error")
            assert (error["code"], error["cid"]) == ("rate_limited", "c20")
            go.set()
            for _ in range(20):
                await client.until(frame="typing", on=False)
            await client.say("again")

    run(scene())


def test_a_press_goes_to_the_bot_once_and_only_while_nothing_newer_was_said(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.bot.answer = offer
            await client.say("hi")
            first, second = (option["id"] for option in client.events[-1]["body"]["options"])
            await client.press(first)
            assert world.bot.turns[-1]["press"] == {"intent": "open_claim", "entities": []}
            assert client.texts[-2] == "Open a claim"
            for reply in (first, second, "made-up"):
                await client.send(frame="send", cid=f"late-{reply}", reply_id=reply)
                assert (await client.next())["code"] == "expired_reply"
            newest = client.events[-1]["body"]["options"][0]["id"]
            await client.say("something else")
            await client.send(frame="send", cid="old", reply_id=newest)
            assert (await client.next())["code"] == "expired_reply"

    run(scene())


def test_a_choice_pressed_in_two_tabs_at_once_counts_once(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as one:
            world.bot.answer = offer
            await one.say("hi")
            reply = one.events[-1]["body"]["options"][0]["id"]
            async with world.ready(conversation=one.conversation) as two:
                await asyncio.gather(
                    one.send(frame="send", cid="one", reply_id=reply),
                    two.send(frame="send", cid="two", reply_id=reply),
                )
                answers = [await client.until(cid=cid) for client, cid in ((one, "one"), (two, "two"))]
                # Whether the one that counts is acknowledged or shown first is not promised.
                assert sorted(answer["frame"] == "error" for answer in answers) == [False, True]
                await one.until(frame="typing", on=False)
                assert len(world.bot.turns) == 2

    run(scene())


def test_another_conversations_choice_is_not_mine_to_press(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as alice, world.ready(BRUNO) as bruno:
            world.bot.answer = offer
            await alice.say("hi")
            reply = alice.events[-1]["body"]["options"][0]["id"]
            await bruno.send(frame="send", cid="theft", reply_id=reply)
            assert (await bruno.next())["code"] == "expired_reply"

    run(scene())


def test_a_card_number_is_masked_before_it_is_stored_and_the_person_is_told(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            await client.say("my card is 4111 1111 1111 1111 ok?")
            assert client.texts[1] == "my card is •••• ok?"
            assert client.events[2]["from"] == "system"
            assert "1111" not in str(world.bot.turns)

    run(scene())


def test_a_covered_card_is_covered_in_every_log_and_to_agents_and_escrow(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.escrow.orders = {"alice": ["TA-20931-7741", "20001234567890100"]}
            with caplog.at_level("DEBUG"):
                await client.say("4111 1111 1111 1111 2 lamps of 20001234567890100\n1) broken")
                world.bot.status = 500
                await client.say("again: 3782 822463 10005 12")
            agent = {"Authorization": f"Bearer {world.token(OMAR)}"}
            path = f"/api/console/conversations/{client.conversation}"
            async with world.http.get(world.url + path, headers=agent) as answer:
                read = await answer.text()
            for known in (read, caplog.text, str(world.bot.turns), str(client.frames)):
                assert not any(part in known for part in ("4111 1111", "1111 1111", "822463"))
            assert "•••• 2 lamps of 20001234567890100\\n1) broken" in read
            assert world.escrow.asked_orders == ["", "after=TA-20931-7741"] * 2

    run(scene())


def test_an_order_id_stays_readable_to_whom_it_belongs_alone(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as alice, world.ready(BRUNO) as bruno:
            world.escrow.orders = {"alice": ["20001234567890100"]}
            await alice.say("where is 20001234567890100?")
            await bruno.say("where is 20001234567890100?")
            assert alice.texts[1] == "where is 20001234567890100?"
            assert bruno.texts[1] == "where is ••••?"

    run(scene())


def test_without_escrow_or_a_name_a_number_that_could_be_a_card_is_covered(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings, escrow=False) as world, world.ready() as alice:
            await alice.say("where is 20001234567890100?")
            assert alice.texts[1] == "where is ••••?"
            async with world.client() as visitor:
                await visitor.hello()
                await visitor.say("where is 20001234567890100?")
                assert visitor.texts[1] == "where is ••••?"

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
