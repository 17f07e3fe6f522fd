"""Run in a copy of the repository that has the new deed: it is begun, quoted, confirmed and told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, get_args

import yaml

from actions.deeds import RECIPES
from bot.dialogue import book, tasks
from bot.dialogue.said import Said
from bot.dialogue.tasks import State
from bot.nlu.lexicon import family
from contract.asked import Asked
from contract.codes import Deed
from escrow.deeds import DEEDS
from escrow.openapi import document
from escrow.routes import ROUTES
from messenger.wording import Words
from tests.actions.conftest import BOOK, ROOT, Server, escrow_home, escrow_url, render
from tests.words import DEMANDED

__all__ = ["escrow_home", "escrow_url"]
CLAIM = {"entity": "claim_id", "value": "CLM-1001"}


def test_it_is_a_deed_of_every_program() -> None:
    kinds = {str(each.__struct_config__.tag) for each in get_args(Asked)}
    begun = {task.deed for task in BOOK.tasks.values() if task.deed}
    assert kinds == set(Deed) == set(DEEDS)
    assert set(RECIPES) == begun <= set(Deed), "what the desk does is begun in no conversation"
    assert "negotiate" in begun
    assert "Negotiate" in document(ROUTES)["components"]["schemas"]


def test_training_would_take_its_row() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    intents = {name for each in domain["intents"] for name in ([each] if isinstance(each, str) else each)}
    book.check(BOOK, intents=intents, actions=domain["actions"], entities=domain["entities"])


def test_its_intent_has_lines_and_a_generic_name() -> None:
    read = [yaml.safe_load(path.read_text("utf-8"))["nlu"] for path in (ROOT / "data" / "nlu").glob("*.yml")]
    assert "negotiate" in {block["intent"] for blocks in read for block in blocks}
    assert "negotiate" in yaml.safe_load((ROOT / "data" / "intent_map.yml").read_text("utf-8"))
    assert family("negotiate") == family("escalate")


def test_its_words_are_there() -> None:
    its = {key for key in DEMANDED if key.endswith(".negotiate")}
    assert its and its <= set(Words().languages["en"])


def test_what_a_person_says_begins_it_and_leads_to_its_quote() -> None:
    move = tasks.hear(BOOK, State(), [Said(intent="negotiate", entities=[CLAIM], text="could you do it")])
    assert move.action == "action_find_claim" and move.state.top and move.state.top.deed == "negotiate"


def test_it_is_quoted_and_done_and_then_it_cannot_be_asked_again(escrow_url: str, escrow_home: Path) -> None:
    async def story() -> None:
        async with Server(escrow_url, escrow_home) as server:
            chat = server.chat("alice")
            said: Any = {"order": ("order_id", "TA-20931-7741"), "reason": ("reason", "damaged")}
            chat.open("open_claim", amount=("share", "1/2"), **said)
            await chat.act("action_find_order")
            await chat.act("action_quote")
            (opened,) = await chat.act("action_confirm_quote", intent="affirm")
            claim = ("claim_id", opened["facts"]["claim"])
            chat.open("negotiate", claim=claim)
            assert await chat.act("action_find_claim") == []
            (quote,) = await chat.act("action_quote")
            facts = quote["card"]["facts"]
            assert (facts["kind"], facts["effect"]["new_state"]) == ("negotiate", "negotiating")
            (again,) = await chat.act("action_ask_again")
            (done,) = await chat.act("action_confirm_quote", intent="affirm")
            assert done["say"] == "confirmed.negotiate"
            assert all(map(render, (quote, again, done)))
            chat.open("negotiate", claim=claim)
            await chat.act("action_find_claim")
            (refused,) = await chat.act("action_quote")
            assert refused["say"] == "claim.status" and render(refused)

    asyncio.run(story())
