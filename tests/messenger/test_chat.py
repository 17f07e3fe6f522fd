"""`./assure chat` as a process, against a running messenger."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from messenger import demo
from messenger.settings import ROOT, Settings
from tests.messenger.conftest import echo, run, world_of

pytestmark = pytest.mark.slow

PERSON = {"say": "option.person", "owner": "waiting"}


async def helpful(turn: dict[str, Any]) -> list[dict[str, Any]]:
    """Offers choices for "hi", calls a person for "person", else says what it heard."""
    claim = {"say": "option.open_claim", "press": {"intent": "open_claim", "entities": []}}
    status = {"say": "option.claim_status", "press": {"intent": "claim_status", "entities": []}}
    if turn["text"] == "hi":
        options = [claim, status]
        return [{"say": "heard", "facts": {"x": "which?"}, "options": options}]
    if turn["text"] == "person":
        return [{"say": "hand_off.called", "hand_off": {"reason": "asked"}}]
    return await echo(turn)


async def chat(settings: Settings, said: str, *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "messenger.chat", "--url", f"http://127.0.0.1:{settings.port}", *arguments),
        cwd=ROOT,
        env={**os.environ, "ASSURE_HOME": str(settings.home)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(said.encode()), 30)
    return process.returncode or 0, out.decode(), err.decode()


def events_of(out: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in out.splitlines()]


def test_lines_are_sent_one_after_the_other_and_it_ends_when_the_last_is_answered(settings: Settings) -> None:
    async def slow(turn: dict[str, Any]) -> list[dict[str, Any]]:
        await asyncio.sleep(0.1)
        return [*await echo(turn), *await echo(turn)]

    async def scene() -> None:
        async with world_of(settings) as world:
            world.bot.answer = slow
            code, out, _ = await chat(settings, "one\n\n/open_claim{}\nlast", "--json")
            assert code == 0
            events = events_of(out)
            assert [event["frame"] for event in events] == ["event"] * len(events)
            texts = [event["body"]["text"] for event in events][1:]
            assert texts[:4] == ["one", "heard one", "heard one", ""]
            assert texts[5:] == [
                "/open_claim{}",
                *["heard /open_claim{}"] * 2,
                "last",
                *["heard last"] * 2,
            ]

    run(scene())


def test_a_number_or_a_title_presses_a_choice_and_other_slashes_are_text(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            world.bot.answer = helpful
            await chat(settings, "hi\n/2\nhi\nopen a CLAIM\nhi\n/3\n/1\n", "--json")
            heard = [turn["press"]["intent"] if turn["press"] else turn["text"] for turn in world.bot.turns]
            assert heard == ["hi", "claim_status", "hi", "open_claim", "hi", "/3", "/1"]

    run(scene())


def test_while_waiting_the_turn_is_over_with_its_own_event_and_the_way_back_works(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            world.bot.answer = helpful
            said = "person\nanybody?\nhello?\nBack to the assistant\nand now"
            code, out, _ = await chat(settings, said, "--json")
            assert code == 0
            events = events_of(out)
            owners = [event["body"]["owner"] for event in events if event["type"] == "owner"]
            assert owners == ["waiting", "bot"]
            assert [turn["text"] for turn in world.bot.turns] == ["person", "and now"]
            assert events[-1]["body"]["text"] == "heard and now"

    run(scene())


def test_people_read_who_says_what_with_numbered_choices(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            world.bot.answer = helpful
            _, out, err = await chat(settings, "hi\n")
            assert "    you  hi\n" in out
            assert " assure  heard which?\n         /1 Open a claim\n         /2 See the claim\n" in out
            assert err.startswith("conversation c")

    run(scene())


def test_what_goes_wrong_is_one_plain_sentence(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings):
            code, out, err = await chat(settings, "x" * 10_001 + "\nshort\n", "--json")
            assert code == 0
            assert err == "assure: A message has at most 10,000 characters.\n"
            assert events_of(out)[-1]["body"]["text"] == "heard short"
            code, _, err = await chat(settings, "hi\n", "--conversation", "c00000000000000000000")
            assert (code, err) == (1, "assure: There is no such conversation.\n")
        code, _, err = await chat(settings, "hi\n")
        assert code == 1
        assert err.startswith("assure: no desk answers at http://127.0.0.1")

    run(scene())


@pytest.mark.parametrize(
    "command", [("chat", "--as", "bob"), ("token", "bob"), ("token", "bob", "--for", "escrow")]
)
def test_somebody_unknown_is_told_who_there_is(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [ROOT / "assure", *command],
        env={**os.environ, "ASSURE_HOME": str(tmp_path)},
        input="hello\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    first, *people = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert first == "assure: nobody in the demo world is called bob. There are:"
    assert dict(line.split(maxsplit=1) for line in people) == {
        each.person: f"{each.role}, {each.account_name}" for each in demo.people().values()
    }
    assert "  tunde           buyer, Adeyemi Trading" in people
