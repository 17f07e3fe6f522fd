"""A card's number is covered before it is stored; an order's own number stays readable to whom it belongs."""

from __future__ import annotations

import pytest

from messenger.settings import Settings
from tests.messenger.conftest import BRUNO, OMAR, run, world_of

pytestmark = pytest.mark.slow


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
