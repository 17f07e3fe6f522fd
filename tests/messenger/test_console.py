"""HTTP beside the socket: health, the console's reading, the demo's door."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import ANY

from messenger.settings import Settings
from tests.messenger.conftest import ALICE, OMAR, World, run, world_of

CALL = {"say": "hand_off.called", "hand_off": {"reason": "asked"}}


async def called(_turn: dict[str, Any]) -> list[dict[str, Any]]:
    return [CALL]


async def get(world: World, path: str, token: str | None = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with world.http.get(world.url + path, headers=headers) as answer:
        return answer.status, await answer.json()


def test_health_names_what_does_not_answer(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world:
            assert await get(world, "/healthz") == (200, {"status": "ok"})
        async with AsyncExitStack() as stack:
            apart = replace(settings, actions_url=settings.escrow_url.replace("127.0.0.1", "127.0.0.2"))
            world = await stack.enter_async_context(world_of(apart, escrow=False))
            status, answer = await get(world, "/healthz")
            assert (status, answer["missing"]) == (503, ["actions", "escrow"])

    run(scene())


def test_an_agent_sees_who_waits_and_the_whole_transcript(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            agent = world.token(OMAR)
            assert await get(world, "/api/console/conversations?state=waiting", agent) == (
                200,
                {"items": [], "next": None, "now": ANY},
            )
            world.bot.answer = called
            await client.say("a person please")
            _, queue = await get(world, "/api/console/conversations?state=waiting", agent)
            (item,) = queue["items"]
            assert (item["conversation"], item["person"], item["position"]) == (
                client.conversation,
                "alice",
                1,
            )
            assert (item["reason"], item["since"]) == ("asked", client.events[-1]["ts"])
            _, told = await get(world, f"/api/console/conversations/{client.conversation}", agent)
            assert told["events"] == client.events
            assert told["owner"] == "waiting"

    run(scene())


def test_for_everybody_else_the_console_is_not_there(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            paths = ["/api/console/conversations", f"/api/console/conversations/{client.conversation}"]
            for path in paths:
                for token in (None, "x", world.token(ALICE), world.token(OMAR, lives_s=-60)):
                    assert (await get(world, path, token))[0] == 404
            for missing in ("c00000000000000000000", "c%00x"):
                url = f"{world.url}/api/console/conversations/{missing}"
                headers = {"Authorization": f"Bearer {world.token(OMAR)}"}
                async with world.http.get(url, headers=headers) as answer:
                    assert answer.status == 404

    run(scene())


def test_an_agent_sees_and_does_tasks_in_their_own_name_and_nobody_else_any(settings: Settings) -> None:
    async def post(world: World, path: str, body: Any, person: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {world.token(person)}"}
        async with world.http.post(world.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def scene() -> None:
        async with world_of(settings) as world:
            path = "/api/console/tasks"
            told = {"by": "omar", "asked": "/v1/desk/tasks"}
            assert await get(world, path, world.token(OMAR)) == (200, told)
            for deed, body in (("take", {}), ("done", {"because": "Called the bank."})):
                status, answer = await post(world, f"{path}/T-TA-1-1/{deed}", body, OMAR)
                asked = {"by": "omar", "asked": f"/v1/desk/tasks/T-TA-1-1/{deed}", "key": True, "body": body}
                assert (status, answer) == (200, asked)
                assert (await post(world, f"{path}/T-TA-1-1/{deed}", body, ALICE))[0] == 404
                refused = await post(world, f"{path}/T-GONE-1/{deed}", body, OMAR)
                assert refused == (409, {"code": "task_taken"})
            for token in (None, world.token(ALICE)):
                assert (await get(world, path, token))[0] == 404

    run(scene())


def test_an_agent_moves_the_demos_clock_in_their_own_name_and_the_desk_follows(settings: Settings) -> None:
    async def scene() -> None:
        async with world_of(settings) as world, world.ready() as client:
            url, answers = f"{world.url}/api/console/advance", []
            for person in (ALICE, OMAR):
                headers = {"Authorization": f"Bearer {world.token(person)}"}
                async with world.http.post(url, json={"days": 3}, headers=headers) as answer:
                    answers.append((answer.status, await answer.json()))
            assert answers[0][0] == 404
            assert answers[1] == (200, {"now": "2026-11-27T09:00:00Z", "by": "omar", "days": 3})
            await client.say("and now?")
            assert world.bot.turns[-1]["metadata"]["now"].startswith("2026-11-27T09:00:0")
            assert client.events[-1]["ts"].startswith("2026-11-27T09:00:0")

    run(scene())


def test_outside_the_demo_nobody_is_signed_in_by_a_click(settings: Settings) -> None:
    async def scene() -> None:
        public = settings.home / "keys" / "session.pub.pem"
        real = replace(settings, demo=False, session_public_key=public)
        async with world_of(real) as world:
            assert (await get(world, "/healthz"))[0] == 200
            for path in ("/api/demo/people", "/api/demo/sign-in", "/api/console/advance"):
                async with world.http.post(world.url + path, json={"person": "alice"}) as answer:
                    assert answer.status == 404

    run(scene())
