"""General questions: the words are by intent, the numbers are the programme's in force."""

from actions.turn import Turn, step


@step("action_answer")
async def answer(turn: Turn) -> None:
    queued = turn.frames[-1].intent if turn.frames else None
    turn.say(f"faq.{queued or turn.intent}", await turn.programme())
