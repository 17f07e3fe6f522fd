"""The WebSocket's promises, over real sockets and both stores."""

from __future__ import annotations

from tests.messenger.conftest import Settings, run, world_of


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
