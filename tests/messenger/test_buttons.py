"""What a notice offers to do: to its own side, about its own matter, once, and while the bot has it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from contract.codes import Deed, Role, SocketError, Tell
from messenger import buttons
from messenger.buttons import BUTTONS, Button
from messenger.settings import Settings
from tests.messenger.conftest import Client, World, run, world_of
from tests.messenger.test_notices import notice
from tests.test_layers import ROOT

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text())
TASKS = yaml.safe_load((ROOT / "data" / "tasks.yml").read_text())
INTENTS = {name for intent in DOMAIN["intents"] for name in intent}
PERSON = {"say": "option.person", "owner": "waiting"}
EACH = [(kind, role, one) for kind in BUTTONS for role, row in BUTTONS[kind].items() for one in row]


def titles(event: dict[str, Any]) -> list[str]:
    return [option["title"] for option in event["body"].get("options", [])]


@pytest.mark.parametrize(("kind", "role", "button"), EACH)
def test_each_button_begins_a_task_of_that_side_that_takes_what_the_notice_names(
    kind: str, role: str, button: Button | str
) -> None:
    assert kind in set(Tell) and role in (Role.BUYER, Role.SUPPLIER)
    if isinstance(button, str):
        assert button == buttons.PERSON
        return
    assert button.intent in INTENTS
    (task,) = [row for row in TASKS["tasks"].values() if button.intent in row.get("starts", ())]
    assert task.get("role", role) == role
    entity, _ = button.about
    taken = [*task.get("needs", ()), *task.get("takes", ())]
    assert entity in {known for name in taken for known in TASKS["values"][name]["entities"]}


def test_a_button_names_the_notices_own_order_and_claim() -> None:
    first, second = buttons.offered(notice(1, kind=Tell.CLAIM_NEGOTIATING), Role.BUYER, PERSON)
    for option, intent in ((first, Deed.ESCALATE), (second, "claim_status")):
        about = [{"entity": "claim_id", "value": "CLM-1"}]
        assert option["press"] == {"intent": intent, "entities": about} and option["lasts"]


def test_without_its_matter_or_of_an_unknown_kind_nothing_is_offered() -> None:
    assert buttons.offered(notice(1, claim=None), Role.BUYER, PERSON) == []
    assert buttons.offered(notice(1, kind="of_a_newer_escrow"), Role.BUYER, PERSON) == []
    assert buttons.offered(notice(1), "agent", PERSON) == []


def test_more_days_are_offered_to_whoever_has_not_had_them() -> None:
    for had, first in (([], "option.hold_longer"), ([Role.BUYER], "option.open_claim")):
        facts = {"extended_by": had, "extension_days": 15}
        offered = buttons.offered(notice(1, kind=Tell.ORDER_RELEASE_SOON, facts=facts), Role.BUYER, PERSON)
        assert offered[0]["say"] == first


async def told(world: World, client: Client, id: int = 1, **more: Any) -> dict[str, Any]:
    world.escrow.notices.append(notice(id, **more))
    return await client.until(frame="event", type="notice")


@pytest.mark.slow
def test_a_press_begins_the_task_also_after_something_else_was_said_and_counts_once(
    settings: Settings,
) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            event = await told(world, client)
            assert titles(event) == ["See the claim"]
            (option,) = event["body"]["options"]
            await client.say("hello there")
            await client.press(option["id"])
            about = [{"entity": "claim_id", "value": "CLM-1"}]
            assert world.bot.turns[-1]["press"] == {"intent": "claim_status", "entities": about}
            await client.send(frame="send", cid="again", reply_id=option["id"])
            refused = await client.until(frame="error", cid="again")
            assert refused["code"] == SocketError.EXPIRED_REPLY

    run(scene())


@pytest.mark.slow
def test_of_two_buttons_of_one_notice_one_counts(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            first = await told(world, client, kind=Tell.CLAIM_NEGOTIATING)
            second = await told(world, client, 2)
            escalate, see = first["body"]["options"]
            await client.press(escalate["id"])
            await client.send(frame="send", cid="beside", reply_id=see["id"])
            assert (await client.until(frame="error"))["code"] == SocketError.EXPIRED_REPLY
            await client.press(second["body"]["options"][0]["id"])
            assert [turn["press"]["intent"] for turn in world.bot.turns] == [Deed.ESCALATE, "claim_status"]

    run(scene())


@pytest.mark.slow
def test_while_a_person_is_waited_for_a_notice_offers_nothing(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            event = await told(world, client, kind=Tell.ORDER_CANCELLED, claim=None)
            (person,) = event["body"]["options"]
            await client.send(frame="send", cid="person", reply_id=person["id"])
            await client.until(frame="event", type="owner")
            assert "options" not in (await told(world, client, 2))["body"]

    run(scene())
