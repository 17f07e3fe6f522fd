"""What the policy decides, as pure functions: `hear` a message, `step` to the next action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from msgspec.structs import replace as changed

from bot.dialogue import frames
from bot.dialogue.book import Book
from bot.dialogue.hearing import allowed, begins, heard, is_denied
from bot.dialogue.places import chosen, is_other
from bot.dialogue.said import Said
from bot.dialogue.transition import (
    ASK_AGAIN,
    LOST_WORDS,
    Event,
    NotThat,
    Plain,
    Ran,
    Told,
    transition,
    understood,
)
from contract.dialogue import Frame, Phase, Value

FALLBACK, READINGS = "action_fallback", "action_readings"
UNSURE = ("inform", "affirm", "deny", "nlu_fallback")
PATIENCE = 3


@dataclass(frozen=True, kw_only=True)
class State:
    """The slots (docs/slots.md). The functions below change none: they give a new one."""

    stack: tuple[Frame, ...] = ()
    recent: Mapping[str, Any] = field(default_factory=dict)
    misses: int = 0

    @property
    def top(self) -> Frame | None:
        return self.stack[-1] if self.stack else None


@dataclass(frozen=True, kw_only=True)
class Move:
    """`action` None: after `hear`, a rule answers; after `step`, listen."""

    action: str | None
    state: State


def hear(book: Book, state: State, said: Sequence[Said], readings: Sequence[str] = ()) -> Move:
    """What a message does to the open tasks. `said` is the message, or its requests if it has several."""
    offer = state.recent.get("offer") or {}
    recent = {name: value for name, value in state.recent.items() if name != "offer"}
    state = replace(state, stack=tuple(map(_rested, state.stack)), recent=recent)
    said = heard(book, said, is_answer=bool(state.stack or offer))
    first = chosen(said[0], recent, state.top, book)
    base = len(state.stack)
    if offer and first.intent == "affirm" and not base:
        move = _accept(book, state, offer, first)
    else:
        move = _first(book, state, first, readings, several=len(said) > 1)
    if len(said) > 1:
        move = _queue(book, move, said[1:], below=min(base, max(len(move.state.stack) - 1, 0)))
    if offer and move.action is None and first.intent in book.each and not offer.get("kept"):
        kept = {**move.state.recent, "offer": {**offer, "kept": True}}
        move = replace(move, state=replace(move.state, recent=kept))
    return _counted(move, first)


def _rested(frame: Frame) -> Frame:
    """As the last turn left it. One that broke off in an action has its move again."""
    phase = frame.phase
    if not frames.is_waiting(frame):
        phase = Phase.QUOTED if frame.quote else Phase.GATHERING
    return changed(frame, phase=phase, doing=None, problem=None)


def _counted(move: Move, said: Said) -> Move:
    """Misunderstandings in a row: `action_fallback` counts its own, an answer to nonsense counts here."""
    top = move.state.top
    is_tried = top and (top.only_words or frames.is_guess(frames.value(top, top.asked)))
    if move.action == FALLBACK or is_tried or (said.intent == "nlu_fallback" and move.action is None):
        return move
    if said.intent != "out_of_scope" or move.action is not None:
        return replace(move, state=replace(move.state, misses=0))
    if move.state.misses + 1 >= PATIENCE:
        return replace(move, action=FALLBACK)
    return replace(move, state=replace(move.state, misses=move.state.misses + 1))


def _moved(book: Book, state: State, event: Event) -> Move:
    """The top task has made its transition."""
    *below, top = state.stack
    after = transition(book, top, event, state.recent)
    action = FALLBACK if event is Plain.PUZZLE else after.doing
    return Move(action=action, state=replace(state, stack=(*below, after)))


def _begun(book: Book, state: State, frame: Frame, event: Event = Plain.GO_ON) -> Move:
    return _moved(book, replace(state, stack=(*state.stack, frame)), event)


def _accept(book: Book, state: State, offer: Mapping[str, Any], said: Said) -> Move:
    """A bare yes begins what was offered, with what it was about; of several orders it is asked which."""
    task, orders = offer["task"], list(offer["orders"])
    if len(orders) > 1:
        frame = frames.new(book, task, among=orders)
    else:
        about = {name: Value(found=offer["values"][name]) for name in offer["values"]}
        frame = frames.new(
            book, task, values={name: about[name] for name in book.tasks[task].values if name in about}
        )
    return _begun(book, state, frame, Told(frames.fit(book, frame, said.entities)))


def _first(book: Book, state: State, said: Said, readings: Sequence[str], *, several: bool) -> Move:
    task = begins(book, said)
    if task and book.tasks[task].leaves:
        state = replace(state, stack=(), recent=_talked_about(book, state))
        return _begun(book, state, frames.new(book, task))
    if instead := _instead(book, state, said, task):
        return _begin(book, _without_what_is_denied(book, state, said), instead, said, only_words=False)
    if state.top and frames.is_waiting(state.top):
        if event := understood(book, state.top, said):
            return _moved(book, state, event)
        state = _interrupted(book, state, said)
    if readings and not several:
        return Move(action=READINGS, state=state)
    if not state.stack and (named := _named(book, said, task) or _other(book, state, said, task)):
        task = named
    elif several and said.intent in book.each:
        task = book.each[said.intent]
    only_words = not task and not state.stack and said.intent == "inform" and bool(said.names)
    if only_words:
        task = next((one.alone for one in book.values.values() if one.words), None)
    return _begin(book, state, task, said, only_words) if task else Move(action=None, state=state)


def _instead(book: Book, state: State, said: Said, task: str | None) -> str | None:
    """The task that takes the place of an open one against which something is said; not of a question."""
    denied = [frame for frame in state.stack if is_denied(book, frame, said)]
    if not denied or said.intent in book.each or (said.intent in ("deny", "stop") and not said.complains):
        return None
    return task or book.tasks[denied[-1].task].unless


def _without_what_is_denied(book: Book, state: State, said: Said) -> State:
    kept = tuple(frame for frame in state.stack if not is_denied(book, frame, said))
    return replace(state, stack=kept, recent=_talked_about(book, state))


def _other(book: Book, state: State, said: Said, task: str | None) -> str | None:
    """The task that "the other one" begins when nothing is open: that of what was talked about."""
    if task or not any(map(is_other, said.entities)):
        return None
    return next(
        (one.alone for name, one in book.values.items() if state.recent.get(name) and one.alone), None
    )


def _interrupted(book: Book, state: State, said: Said) -> State:
    """A look-up's open question is put once more and then dropped; above another question, at once."""
    *below, top = state.stack
    if said.intent == "nlu_fallback" or book.tasks[top.task].quote is not None:
        return state
    if below or top.interrupted:
        return replace(state, stack=tuple(below))
    return replace(state, stack=(changed(top, interrupted=True),))


def _named(book: Book, said: Said, task: str | None) -> str | None:
    """The task that a value without a verb begins; what is said beside it makes it the matter of another.

    A sure intent wins, unless it has no use for the one thing that is named.
    """
    if task and task != book.starts.get(said.intent):
        return None
    kinds = {one["entity"] for one in said.entities}
    name = next((name for name, one in book.values.items() if one.alone and kinds & set(one.names)), None)
    useless = task and name not in book.tasks[task].values and not kinds & book.entities(task)
    if name is None or not (said.is_bare or said.intent in UNSURE or useless):
        return None
    beside = [one.beside for one in book.values.values() if one.beside and kinds & set(one.entities)]
    beside += [task for task, row in book.tasks.items() if set(row.words) & set(said.words)]
    fitting = [allowed(book, task, said) for task in beside if name in book.tasks[task].values]
    return max(fitting, key=lambda task: len(book.tasks[task].needs), default=book.values[name].alone)


def _begin(book: Book, state: State, task: str, said: Said, only_words: bool) -> Move:
    """On top of what is open; a task stands there once, and a question that was only put otherwise goes."""
    recent = _talked_about(book, state)
    stack = [frame for frame in state.stack if frame.task != task or frame.intent]
    open_already = [frame for frame in state.stack if frame.task == task and not frame.intent]
    if stack and stack[-1] is state.top and _is_answered_elsewhere(book, stack[-1], said):
        stack.pop()
    frame = _filled(book, open_already[0] if open_already else _framed(book, task, said), said)
    if only_words:
        frame = changed(frame, only_words=True)
    state = replace(state, stack=tuple(stack), recent=recent)
    name = next((name for name in book.tasks[task].values if book.values[name].words), None)
    if name and name not in frame.values and recent.get(name) and any(map(is_other, said.entities)):
        values = {**frame.values, name: Value(found=recent[name])}
        return _begun(book, state, changed(frame, values=values), NotThat(name))
    return _begun(book, state, frame)


def _filled(book: Book, frame: Frame, said: Said) -> Frame:
    frame = frames.put(book, frame, frames.fit(book, frame, said.entities))
    name = None if said.pressed or not said.names else frames.nameable(book, frame)
    return frames.guessing(frame, name, said.names) if name else frame


def _is_answered_elsewhere(book: Book, frame: Frame, said: Said) -> bool:
    """A look-up whose missing value now comes with another request: the person has put it otherwise."""
    is_look_up = book.tasks[frame.task].quote is None
    return is_look_up and frame.asked in frames.fit(book, frame, said.entities)


def _framed(book: Book, task: str, said: Said) -> Frame:
    return frames.new(book, task, intent=said.intent if book.tasks[task].each else None)


def _queue(book: Book, move: Move, said: Sequence[Said], *, below: int) -> Move:
    """The other requests of the message, done after the first and before what was open is asked again."""
    begun = [(one, begins(book, one) or book.each.get(one.intent)) for one in said]
    waiting = [_filled(book, _framed(book, task, one), one) for one, task in reversed(begun) if task]
    stack = move.state.stack
    if waiting and move.action in (None, ASK_AGAIN):
        return _moved(book, replace(move.state, stack=(*stack, *waiting)), Plain.GO_ON)
    return replace(move, state=replace(move.state, stack=(*stack[:below], *waiting, *stack[below:])))


def step(book: Book, state: State, last: str) -> Move:
    """The next action after `last` has run and the actions have written what they found."""
    top = state.top
    if top is None or last == READINGS or (last == FALLBACK and state.misses >= PATIENCE):
        return Move(action=None, state=state)
    if top.doing != last:
        return _moved(book, state, Plain.GO_ON)
    move = _moved(book, state, Ran(last))
    after = move.state.stack[-1]
    if after.phase is Phase.OVER:
        recent = frames.about(book, after, state.recent)
        move = replace(move, state=replace(state, stack=state.stack[:-1], recent=recent))
    if top.phase is Phase.FINDING and top.problem == LOST_WORDS and move.action is None:
        return replace(move, action=FALLBACK)
    if after.phase is Phase.OVER and move.state.top:
        return _moved(book, move.state, Plain.GO_ON)
    return move


def _talked_about(book: Book, state: State) -> Mapping[str, Any]:
    return frames.about(book, state.top, state.recent) if state.top else state.recent
