"""A person takes over: messenger changes the owner, and tells it."""

from actions.turn import Turn, step


@step("action_hand_off")
async def hand_off(turn: Turn) -> None:
    turn.sayings.append({"hand_off": {"reason": "complaint" if turn.intent == "complaint" else "asked"}})
