"""Each frame is taken or refused by itself, and the socket lives on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from messenger.settings import Settings
from tests.messenger.conftest import run, world_of

pytestmark = pytest.mark.slow


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
