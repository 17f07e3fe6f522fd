"""A person takes over: messenger changes the owner, and tells it."""

from actions.turn import Turn, step


@step("action_hand_off")
async def hand_off(turn: Turn) -> None:
    reason = "complaint" if turn.intent == "complaint" else "asked"
    turn.sayings.append({"say": "hand_off.called", "facts": {}, "hand_off": {"reason": reason}})
