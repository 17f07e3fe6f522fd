"""Run in a copy of the repository that has the new reason: it is heard, judged, quoted, opened and told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.nlu.extractors import find_reasons
from contract.codes import Reason
from messenger.wording import Words
from tests.actions.conftest import Server, escrow_home, escrow_url, render
from tests.test_words import missing

__all__ = ["escrow_home", "escrow_url"]
ORDER = "TA-20931-7741"


def test_it_is_heard_in_what_people_type() -> None:
    assert [found[-1] for found in find_reasons("the customs documents came too late")] == ["late_papers"]


@pytest.mark.parametrize("language", ["en"])
def test_whatever_can_be_said_has_words(language: str) -> None:
    assert missing(Words().languages[language]) == set()


def test_it_is_judged_quoted_opened_and_told(escrow_url: str, escrow_home: Path) -> None:
    async def story() -> None:
        async with Server(escrow_url, escrow_home) as server:
            chat = server.chat("alice")
            said: Any = {"order": ("order_id", ORDER), "reason": ("reason", str(Reason("late_papers")))}
            chat.open("request_refund", **said)
            await chat.act("action_find_order")
            (verdict,) = await chat.act("action_verdict")
            assert verdict["card"]["facts"]["facts"]["reason"] == "late_papers" and render(verdict)
            assert verdict["card"]["facts"]["eligible"]
            chat.open("open_claim", asked="reason", order=("order_id", ORDER))
            await chat.act("action_find_order")
            chat.frame["asked"] = "reason"
            (asked,) = await chat.act("action_ask")
            assert "[The papers came late]" in render(asked)
            chat.open("open_claim", amount=("share", "1/2"), **said)
            await chat.act("action_find_order")
            (quote,) = await chat.act("action_quote")
            assert quote["card"]["facts"]["effect"]["reason"] == "late_papers"
            assert "papers too late" in render(quote)
            (done,) = await chat.act("action_confirm_quote", intent="affirm")
            assert done["say"] == "confirmed.open_claim" and render(done)

    asyncio.run(story())
