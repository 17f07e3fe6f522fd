"""Turns and who owns them: each answered, one at a time, fenced; crashes and dead neighbours included."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from dataclasses import replace
from typing import Any

import aiohttp
import jwt
import pytest
from sqlalchemy import text

from messenger.sends import Turn
from messenger.settings import ROOT, Settings
from messenger.store import Store, metadata
from messenger.tokens import load_keys
from messenger.turns import Turns
from tests.messenger.conftest import ALICE, BRUNO, Client, echo, run, world_of

pytestmark = pytest.mark.slow

CALL = {"say": "hand_off.called", "hand_off": {"reason": "asked"}}

PRESS = {"say": "option.claim_status", "press": {"intent": "claim_status", "entities": []}}


async def called(_turn: dict[str, Any]) -> list[dict[str, Any]]:
    return [CALL]


def after(seconds: float) -> Any:
    async def slow(turn: dict[str, Any]) -> list[dict[str, Any]]:
        await asyncio.sleep(seconds)
        return await echo(turn)

    return slow


def test_turns_of_one_conversation_run_one_at_a_time_and_in_order(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.bot.answer = after(0.02)
            for n in range(10):
                await client.send(frame="send", cid=f"c{n}", text=f"t{n}")
            for _ in range(10):
                await client.until(frame="typing", on=False)
            assert [turn["text"] for turn in world.bot.turns] == [f"t{n}" for n in range(10)]
            assert world.bot.most_at_once == 1

    run(scene())


def test_conversations_do_not_wait_for_each_other(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as alice, world.ready(BRUNO) as bruno:
            world.bot.answer = after(0.3)
            await asyncio.gather(alice.say("a"), bruno.say("b"))
            assert world.bot.most_at_once == 2

    run(scene())


def test_the_bot_gets_a_token_for_that_person_conversation_and_turn(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            await client.say("hi")
            turn = world.bot.turns[0]
            assert turn["metadata"]["turn"] == f"{client.conversation}-2"
            assert turn["metadata"]["now"].startswith("2026-11-24T09:00:0")
            key = (settings.home / "keys" / "messenger.pub.pem").read_bytes()
            claims = jwt.decode(turn["metadata"]["token"], key, algorithms=["EdDSA"], audience="escrow")
            assert (claims["sub"], claims["account"], claims["role"]) == ("alice", ALICE.account, "buyer")
            assert claims["conversation"] == client.conversation
            assert claims["turn"] == f"{client.conversation}-2"
            assert claims["shown"] == []
            assert claims["exp"] - claims["iat"] == 300

    run(scene())


def test_a_yes_carries_only_the_quotes_that_were_shown_before_it(settings: Settings) -> None:
    async def quote(turn: dict[str, Any]) -> list[dict[str, Any]]:
        await asyncio.sleep(0.1)
        facts = {"quote_id": f"q-{turn['text']}"}
        return [{"say": "greet.hello", "facts": {}, "card": {"card": "quote", "facts": facts}}]

    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.bot.answer = quote
            await client.send(frame="send", cid="1", text="claim")
            await client.send(frame="send", cid="2", text="yes")
            for _ in range(2):
                await client.until(frame="typing", on=False)
            await client.say("again")
            key = load_keys(settings.home).messenger
            assert key
            shown = [
                jwt.decode(turn["metadata"]["token"], options={"verify_signature": False})["shown"]
                for turn in world.bot.turns
            ]
            assert shown == [[], [], ["q-yes", "q-claim"]]
            card = client.events[-1]
            assert (card["type"], card["body"]["card"]) == ("card", "quote")

    run(scene())


@pytest.mark.parametrize("trouble", ["status", "empty", "no words", "no form", "not kept"])
def test_whatever_happens_to_the_bot_the_person_is_answered_and_can_have_a_person(
    settings: Settings, trouble: str
) -> None:
    async def broken(_turn: dict[str, Any]) -> list[dict[str, Any]]:
        saying: dict[str, dict[str, Any]] = {"no words": {"say": "not.there"}}
        saying["not kept"] = {"hand_off": "not of this form"}
        saying["no form"] = {"say": "greet.hello", "card": {"x": 1}}
        return [saying[trouble]] if trouble in saying else []

    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.bot.answer, world.bot.status = broken, 500 if trouble == "status" else 200
            await client.say("hello?")
            assert client.events[-1]["from"] == "bot"
            assert "{" not in client.texts[-1]
            if trouble != "no words":
                await _press_person(client)

    run(scene())


def test_with_no_bot_at_all_the_person_is_answered_and_can_have_a_person(settings: Settings) -> None:
    async def scene() -> None:
        alone = replace(settings, rasa_url="http://127.0.0.1:9")
        async with world_of(alone, bot=False) as world, world.ready() as client:
            await client.say("hello?")
            await _press_person(client)

    run(scene())


async def _press_person(client: Client) -> None:
    option = client.events[-1]["body"]["options"][-1]
    assert option["title"] == "Talk to a person"
    before = len(client.frames)
    await client.send(frame="send", cid="person", reply_id=option["id"])
    await client.until(frame="ack")
    frames = client.frames[before:]
    assert [(f["frame"], f.get("type")) for f in frames] == [
        ("event", "message"),
        ("event", "owner"),
        ("ack", None),
    ]
    assert frames[1]["body"]["owner"] == "waiting"


def test_asking_for_a_person_makes_the_owner_waiting_and_the_bot_silent(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.bot.answer = called
            frames = await client.say("a person please")
            said, owner = [frame for frame in frames if frame["frame"] == "event"][1:]
            assert (said["from"], owner["from"], owner["type"]) == ("bot", "system", "owner")
            assert (owner["body"]["owner"], owner["body"]["position"]) == ("waiting", 1)
            world.bot.answer = echo
            for n in range(5):
                await client.send(frame="send", cid=f"w{n}", text="anybody?")
                assert (await client.next())["cid"] == f"w{n}"
                assert (await client.next())["frame"] == "ack"
            assert len(world.bot.turns) == 1
            async with world.ready(conversation=client.conversation) as again:
                assert again.frames[0]["owner"] == "waiting"
                back = owner["body"]["options"][0]
                assert back["title"] == "Back to the assistant"
                await again.send(frame="send", cid="back", reply_id=back["id"])
                await again.until(frame="ack", cid="back")
                assert again.events[-1]["body"]["owner"] == "bot"
                await again.send(frame="send", cid="back-2", reply_id=back["id"])
                assert (await again.next())["code"] == "expired_reply"
                await again.say("and now?")
                assert again.texts[-1] == "heard and now?"

    run(scene())


def test_the_second_in_line_is_told_so(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as alice, world.ready(BRUNO) as bruno:
            world.bot.answer = called
            await alice.say("person")
            await bruno.say("person")
            positions = [client.events[-1]["body"]["position"] for client in (alice, bruno)]
            assert positions == [1, 2]

    run(scene())


def test_a_slow_answer_is_announced_and_shown_when_it_comes(settings: Settings) -> None:
    async def scene() -> None:
        hasty = replace(settings, slow_after_s=0.1)
        async with world_of(hasty) as world, world.ready() as client:
            world.bot.answer = after(0.4)
            await client.say("well?")
            assert "longer" in client.texts[-2]
            assert client.texts[-1] == "heard well?"

    run(scene())


def test_a_person_called_during_a_slow_answer_silences_it(settings: Settings) -> None:
    async def scene() -> None:
        hasty = replace(settings, slow_after_s=0.1)
        async with world_of(hasty) as world, world.ready() as client:
            world.bot.answer = after(0.5)
            await client.send(frame="send", cid="slow", text="slow")
            slow = await client.until(frame="event", type="choices")
            await client.send(frame="send", cid="p", reply_id=slow["body"]["options"][-1]["id"])
            await client.until(frame="event", type="owner")
            await client.until(frame="typing", on=False)
            assert client.events[-1]["type"] == "owner"
            assert world.escrow.revoked == [f"{client.conversation}-2"]
            async with world.ready(conversation=client.conversation) as again:
                assert "heard slow" not in again.texts

    run(scene())


def test_what_was_done_is_told_by_the_desk_when_a_person_was_called_meanwhile(settings: Settings) -> None:
    async def confirm(turn: dict[str, Any]) -> list[dict[str, Any]]:
        await asyncio.sleep(0.5)
        done = {"say": "heard", "facts": {"x": "it is done"}, "done": True, "options": [PRESS]}
        return [*await echo(turn), done, {"say": "heard", "facts": {"x": "what else?"}}, CALL]

    async def scene() -> None:
        hasty = replace(settings, slow_after_s=0.1)
        async with world_of(hasty) as world, world.ready() as client:
            world.bot.answer = confirm
            await client.send(frame="send", cid="slow", text="yes")
            slow = await client.until(frame="event", type="choices")
            await client.send(frame="send", cid="p", reply_id=slow["body"]["options"][-1]["id"])
            await client.until(frame="typing", on=False)
            owner, told = client.events[-2:]
            assert owner["body"]["owner"] == "waiting"
            assert (told["from"], told["type"], told["body"]) == (
                "system",
                "message",
                {"text": "heard it is done"},
            )
            async with world.ready(conversation=client.conversation) as again:
                assert again.events == client.events
                assert again.frames[0]["owner_version"] == 1

    run(scene())


def test_only_a_press_that_is_taken_revokes_the_running_turn(settings: Settings) -> None:
    async def scene() -> None:
        hasty = replace(settings, slow_after_s=0.1)
        async with world_of(hasty) as world, world.ready() as client:
            world.bot.answer = after(0.4)
            await client.send(frame="send", cid="1", text="slow")
            old = (await client.until(frame="event", type="choices"))["body"]["options"][-1]["id"]
            await client.until(frame="typing", on=False)
            await client.send(frame="send", cid="2", text="slow again")
            new = (await client.until(frame="event", type="choices"))["body"]["options"][-1]["id"]
            await client.send(frame="send", cid="late", reply_id=old)
            assert (await client.until(frame="error", cid="late"))["code"] == "expired_reply"
            assert world.escrow.revoked == []
            for cid in ("once", "once", "twice"):
                await client.send(frame="send", cid=cid, reply_id=new)
            await client.until(frame="error", cid="twice")
            assert len([frame for frame in client.frames if frame["frame"] == "ack"]) == 4
            assert world.escrow.revoked == [f"{client.conversation}-5"]

    run(scene())


def test_a_turn_that_could_not_be_read_for_a_while_is_still_asked_of_the_bot(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    outages, next_turn = [OSError("no database")] * 3, Turns._next

    async def read(turns: Turns, conversation: str) -> Turn | None:
        if outages:
            raise outages.pop()
        return await next_turn(turns, conversation)

    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            world.bot.answer = after(0.1)
            for cid in ("one", "two"):
                await client.send(frame="send", cid=cid, text=cid)
            await client.until(frame="typing", on=False)
            await client.until(frame="typing", on=False)
            assert client.texts[-1] == "heard two"

    monkeypatch.setattr("messenger.turns.RETRY_S", 0.01)
    monkeypatch.setattr(Turns, "_next", read)
    run(scene())


def test_a_hello_is_told_of_typing_exactly_while_a_turn_is_being_answered(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, answered, next_turn = asyncio.Event(), asyncio.Event(), Turns._next

    async def answer(turn: dict[str, Any]) -> list[dict[str, Any]]:
        await go.wait()
        return await echo(turn)

    async def after_it(turns: Turns, conversation: str) -> Turn | None:
        await answered.wait()
        return await next_turn(turns, conversation)

    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client, world.client() as again:
            world.bot.answer = answer
            await client.send(frame="send", cid="1", text="well?")
            await client.until(frame="typing", on=True)
            await again.hello(token=world.token(), conversation=client.conversation)
            await again.until(frame="typing", on=True)
            go.set()
            await again.until(frame="typing", on=False)
            async with world.ready(conversation=client.conversation) as late:
                await late.send(frame="none")
                assert (await late.next())["frame"] == "error"
            answered.set()

    monkeypatch.setattr(Turns, "_next", after_it)
    run(scene())


def test_a_message_clearly_in_another_language_gets_a_sentence_and_a_person(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            for said in ("¿dónde está mi pedido, por favor?", "我的订单在哪里"):
                await client.say(said)
                assert "English" in client.texts[-1]
                assert client.events[-1]["body"]["options"][0]["title"] == "Talk to a person"
            assert not world.bot.turns
            await client.say("si")
            assert len(world.bot.turns) == 1

    run(scene())


def test_an_unanswered_turn_is_answered_after_kill_9_with_the_same_turn_id(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings, messenger=False) as world:
            world.bot.answer = after(60)
            process = await _start(settings)
            async with world.ready() as client:
                await client.send(frame="send", cid="mid", text="mid-turn")
                await client.send(frame="send", cid="next", text="next")
                await client.until(frame="ack", cid="next")
                while not world.bot.turns:
                    await asyncio.sleep(0.01)
                process.kill()
                await process.wait()
            world.bot.answer = echo
            process = await _start(settings)
            try:
                async with world.client() as client:
                    await client.hello(token=world.token(), after=1)
                    await client.until(frame="event", seq=5)
                    assert client.texts == ["mid-turn", "next", "heard mid-turn", "heard next"]
                    ids = [turn["metadata"]["turn"].rsplit("-")[-1] for turn in world.bot.turns]
                    assert ids == ["2", "2", "3"]
            finally:
                process.terminate()
                await process.wait()

    run(scene())


async def _start(settings: Settings) -> asyncio.subprocess.Process:
    told = {
        "ASSURE_HOME": str(settings.home),
        "ASSURE_WORDS": str(settings.words),
        "ASSURE_PORT": str(settings.port),
        "ASSURE_RASA_URL": settings.rasa_url,
        "ASSURE_ACTIONS_URL": settings.actions_url,
        "ASSURE_ESCROW_URL": settings.escrow_url,
        "ASSURE_DATABASE_URL": settings.database_url or "",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "messenger", cwd=ROOT, env={**os.environ, **told}
    )
    async with aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(f"http://127.0.0.1:{settings.port}/healthz"):
                    return process
            except aiohttp.ClientConnectionError:
                assert process.returncode is None
                await asyncio.sleep(0.05)


def test_no_token_is_stored_and_neither_token_nor_text_is_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.client() as visitor, world.ready() as client:
            resume = (await visitor.hello())["resume"]
            await client.say("a secret sentence")
            world.bot.status = 500
            await client.say("another secret sentence")
            delegated = [turn["metadata"]["token"] for turn in world.bot.turns]
            kept = _all_that_is_stored(settings)
            assert "a secret sentence" in kept
            for token in (*delegated, resume, "eyJ"):
                assert token not in kept
                assert token not in caplog.text
            assert "secret sentence" not in caplog.text
            assert "no answer of the bot" in caplog.text

    with caplog.at_level(logging.DEBUG):
        run(scene())


def _all_that_is_stored(settings: Settings) -> str:
    store = Store(settings.store_url)
    with store.engine.connect() as work:
        rows = [str(work.execute(table.select()).all()) for table in metadata.sorted_tables]
        if work.dialect.name == "sqlite":
            assert work.execute(text("PRAGMA synchronous")).scalar() == 2
            assert work.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    store.close()
    return "\n".join(rows)
