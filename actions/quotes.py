"""What would happen, shown exactly; then done by its quote's id, once, after a yes."""

from actions.claims import held
from actions.deeds import TooPrecise, recipe
from actions.escrow_client import Refused, Unavailable
from actions.refusals import words_for
from actions.sayings import option, person, plain, say
from actions.turn import Turn, step
from contract.answers import Done
from contract.codes import Code
from contract.dialogue import Says

YES_OR_NO = [option("option.confirm", "affirm"), option("option.cancel", "deny")]
ASK_ANEW = dict.fromkeys((Code.AMOUNT_ABOVE_CAP, Code.AMOUNT_NOT_POSITIVE, Code.WRONG_CURRENCY), "amount")


@step("action_quote")
async def quote(turn: Turn) -> None:
    try:
        answer = await turn.quote(await recipe(turn).asked(turn))
    except TooPrecise as least:
        turn.frame.ask("amount", problem="too_precise")
        turn.say("amount.too_precise", {"least": least.args[0]})
        return
    except Refused as refusal:
        await _refused(turn, refusal)
        return
    told, effect, own = plain(answer), answer.effect, recipe(turn)
    beside = await own.beside(turn, answer)
    shown = {"order": answer.order, "claim": answer.claim, "amount": told["effect"].get("amount")}
    turn.frame.show(answer.quote_id, shown | {name: beside.get(name) for name in own.keeps})
    facts = beside | told | {"held_is": held(effect.held, of=effect.amount)}
    turn.show("quote", answer, _says(turn).shown, facts, options=YES_OR_NO)


def _says(turn: Turn) -> Says:
    assert turn.frame.says, "a task with a deed has words for it: the policy's book sees to that"
    return turn.frame.says


def ask_again(turn: Turn) -> None:
    """The question of the quote alone: its card and its sentences stand in the conversation already."""
    says = _says(turn)
    turn.say(says.again if turn.frame.quote else says.expired, turn.frame.shown, options=YES_OR_NO)


async def _refused(turn: Turn, refusal: Refused) -> None:
    """A value that is refused is asked anew; where nothing can be done, the verdict or the claim says why."""
    if refusal.code in ASK_ANEW:
        turn.frame.ask(ASK_ANEW[Code(refusal.code)], problem=refusal.code)
        turn.sayings.append(words_for(refusal))
    elif not await recipe(turn).explain(turn, refusal):
        raise refusal


@step("action_confirm_quote")
async def confirm(turn: Turn) -> None:
    """Done or not, an answer that got lost is asked for again by the same yes: the key is the quote's id."""
    frame = turn.frame
    try:
        done = await turn.escrow.confirm(str(frame.quote))
    except Unavailable:
        turn.say("trouble.confirm", options=[option("option.again", "affirm")])
        return
    except Refused as refusal:
        _not_done(turn, refusal)
        return
    frame.end()
    turn.remember(order=done.order, claim=done.claim)
    # A write that was done is told also when a person has taken over meanwhile.
    facts = (frame.shown or {}) | plain(done)
    turn.sayings.append(say(_says(turn).done, facts) | {"done": True})


def _not_done(turn: Turn, refusal: Refused) -> None:
    """An unseen quote stays for the next yes; one that ran out or is not true any more can be made anew."""
    turn.sayings.append(words_for(refusal))
    if refusal.code in (Code.QUOTE_EXPIRED, Code.QUOTE_CHANGED):
        turn.frame.ask("quote", problem=refusal.code)
    elif refusal.code != Code.QUOTE_NOT_SHOWN:
        turn.frame.end()


@step("action_cancel_quote")
async def cancel(turn: Turn) -> None:
    """An earlier yes may have been done although its answer got lost: escrow knows, and is asked."""
    try:
        done = await _done(turn)
    except Unavailable:
        turn.say("trouble.cancel", options=[person()])
    else:
        about = {"claim": done.claim, "order": done.order} if done else {}
        turn.remember(**about)
        turn.say(_says(turn).already if done else _says(turn).cancelled, about)
    turn.frame.end()


async def _done(turn: Turn) -> Done | None:
    """What became of the quote that is asked about; without one left it ran out, and nothing was done."""
    if turn.frame.quote is None:
        return None
    became = await turn.escrow.became(turn.frame.quote)
    return became if became.done else None
