"""What the policy decides, as pure functions: `hear` a message, `step` to the next action."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogue import frames
from bot.dialogue.book import Book
from bot.dialogue.consent import is_begun_with_no
from bot.dialogue.frames import Frame
from bot.dialogue.places import YES_OR_NO, chosen, is_other
from bot.dialogue.said import NEUTRAL, Said

ASK, ASK_AGAIN, LEFT, CANCEL = "action_ask", "action_ask_again", "action_left", "action_cancel_quote"
FALLBACK, READINGS = "action_fallback", "action_readings"
UNSURE = ("inform", "affirm", "deny", "nlu_fallback")
QUOTE, LOST_WORDS = "quote", "lost"
PATIENCE = 3


@dataclass(frozen=True, kw_only=True)
class State:
    """The slots (docs/slots.md). The functions below work on a copy and give a new one."""

    stack: list[Frame] = field(default_factory=list)
    recent: dict[str, Any] = field(default_factory=dict)
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
    state = copy.deepcopy(state)
    for frame in state.stack:
        frame["doing"] = None
    offer = state.recent.pop("offer", None) or {}
    first = chosen(said[0], state.recent, state.top, book)
    base = len(state.stack)
    if offer and first.intent == "affirm" and not base:
        move = _accept(book, state, offer, first)
    else:
        move = _first(book, state, first, readings, several=len(said) > 1)
    if len(said) > 1:
        move = _queue(book, move, said[1:], below=min(base, max(len(move.state.stack) - 1, 0)))
    if offer and move.action is None and first.intent in book.each and not offer.get("kept"):
        move.state.recent["offer"] = {**offer, "kept": True}
    return _counted(move, first)


def _counted(move: Move, said: Said) -> Move:
    """Misunderstandings in a row: `action_fallback` counts its own, an answer to nonsense counts here."""
    top = move.state.top
    is_tried = top and (top.get("only_words") or frames.is_guess(top["values"].get(top["asked"])))
    if move.action == FALLBACK or is_tried or (said.intent == "nlu_fallback" and move.action is None):
        return move
    if said.intent != "out_of_scope" or move.action is not None:
        return replace(move, state=replace(move.state, misses=0))
    if move.state.misses + 1 >= PATIENCE:
        return replace(move, action=FALLBACK)
    return replace(move, state=replace(move.state, misses=move.state.misses + 1))


def _accept(book: Book, state: State, offer: Mapping[str, Any], said: Said) -> Move:
    """A bare yes begins what was offered, with what it was about; of several orders it is asked which."""
    frame = frames.new(offer["task"])
    known = {name: {"is": value} for name, value in offer["values"].items()}
    frame["values"] = {name: known[name] for name in book.tasks[offer["task"]].values if name in known}
    if len(offer["orders"]) > 1:
        frame.update(values={}, among=offer["orders"], asked="order")
    state = replace(state, stack=[frame])
    taken = frames.fit(book, frame, said.entities)
    if frame["asked"] and not taken:
        return _do(state, frame, ASK)
    frames.put(book, frame, taken)
    return _go(book, state)


def _first(book: Book, state: State, said: Said, readings: Sequence[str], *, several: bool) -> Move:
    task = book.starts.get(said.intent)
    if task and book.tasks[task].leaves:
        return _go(book, replace(state, stack=[frames.new(task)], recent=_talked_about(book, state)))
    only_words = False
    if state.top and frames.is_waiting(state.top):
        if move := _answer(book, state, state.top, said):
            return move
        _interrupt(book, state, said)
    if readings and not several:
        return Move(action=READINGS, state=state)
    if not state.stack and (named := _named(book, said, task) or _other(book, state, said, task)):
        task = named
    elif several and said.intent in book.each:
        task = book.each[said.intent]
    if not task and not state.stack and said.intent == "inform" and said.names:
        task, only_words = next((one.alone for one in book.values.values() if one.words), None), True
    move = _begin(book, state, task, said) if task else Move(action=None, state=state)
    if only_words and move.state.top:
        move.state.top["only_words"] = True
    return move


def _other(book: Book, state: State, said: Said, task: str | None) -> str | None:
    """The task that "the other one" begins when nothing is open: that of what was talked about."""
    if task or not any(map(is_other, said.entities)):
        return None
    return next(
        (one.alone for name, one in book.values.items() if state.recent.get(name) and one.alone), None
    )


def _interrupt(book: Book, state: State, said: Said) -> None:
    """A look-up's open question is put once more and then dropped; above another question, at once."""
    if said.intent != "nlu_fallback" and book.tasks[state.stack[-1]["task"]].quote is None:
        top = state.stack.pop()
        if not state.stack and not top.get("interrupted"):
            state.stack.append(top | {"interrupted": True})


def _named(book: Book, said: Said, task: str | None) -> str | None:
    """The task that a value without a verb begins; what is said beside it makes it the matter of another.

    A sure intent wins, unless it has no use for the one thing that is named.
    """
    kinds = {one["entity"] for one in said.entities}
    name = next((name for name, one in book.values.items() if one.alone and kinds & set(one.names)), None)
    useless = task and name not in book.tasks[task].values and not kinds & book.entities(task)
    if name is None or not (said.is_bare or said.intent in UNSURE or useless):
        return None
    beside = [one.beside for one in book.values.values() if one.beside and kinds & set(one.entities)]
    beside += [task for task, row in book.tasks.items() if set(row.words) & set(said.words)]
    fitting = [task for task in beside if name in book.tasks[task].values]
    return max(fitting, key=lambda task: len(book.tasks[task].needs), default=book.values[name].alone)


def _answer(book: Book, state: State, frame: Frame, said: Said) -> Move | None:
    """The message as an answer to the open question, or a correction; None if it is about something else."""
    if said.intent == "stop":
        return _do(state, frame, CANCEL if frame["quote"] else LEFT)
    if frame["quote"] and said.executes:
        return _do(state, frame, book.tasks[frame["task"]].then)
    found = next((name for name in book.tasks[frame["task"]].needs if book.values[name].find), None)
    if found and said.intent in NEUTRAL and any(is_other(one) for one in said.entities):
        frames.forget(book, frame, found)
        return _do(state, frame, ASK)
    taken = frames.fit(book, frame, said.entities)
    said_plainly = {name for name, one in taken.items() if one["entity"] not in book.values[name].refuses}
    if not said_plainly and said.intent not in YES_OR_NO and _is_near(book, frame, said) and frame["asked"]:
        if (name := frames.guess(book, frame, said.names)) == frame["asked"] and name:
            return _do(state, frame, book.values[name].find or ASK)
        frames.unguess(frame)
    if not _is_about(book, frame, said, taken):
        return None
    if frames.changes(frame, taken) or (taken and frame["asked"]):
        frames.put(book, frame, taken)
        return _go(book, state)
    if said.intent == "affirm":
        return _yes(book, state, frame, said)
    if said.intent == "deny":
        return _no(book, state, frame)
    if taken or said.intent in book.tasks[frame["task"]].starts:
        return _go(book, state)
    return Move(action=FALLBACK, state=state) if said.intent == "inform" else None


def _is_near(book: Book, frame: Frame, said: Said) -> bool:
    task = book.tasks[frame["task"]]
    return said.is_neutral or said.intent in (*task.starts, *task.within)


def _is_about(book: Book, frame: Frame, said: Said, taken: frames.Taken) -> bool:
    task = book.tasks[frame["task"]]
    if said.is_neutral or said.intent in task.starts:
        return True
    if said.intent in task.within:
        moved = any(book.values[name].find for name in frames.changes(frame, taken))
        return frame["asked"] in taken or bool(taken and not moved)
    return frame["asked"] in taken and said.intent not in book.starts and said.intent not in book.each


def _yes(book: Book, state: State, frame: Frame, said: Said) -> Move:
    """What only sounds like a yes is asked about again."""
    if frame["quote"] or is_begun_with_no(said.text):
        return _do(state, frame, ASK_AGAIN)
    if frame["asked"] == QUOTE or frames.known(book, frame, frame["asked"]) is not None:
        frame.update(asked=None, problem=None)
        return _go(book, state)
    return Move(action=FALLBACK, state=state)


def _no(book: Book, state: State, frame: Frame) -> Move:
    """To a quote, no; to the question after a refused change, back to what stood; to any other, leave."""
    if frame["quote"] or frame["asked"] == QUOTE:
        return _do(state, frame, CANCEL)
    if frames.known(book, frame, frame["asked"]) is not None:
        frame.update(asked=None, problem=None)
        return _go(book, state)
    return _do(state, frame, LEFT)


def _begin(book: Book, state: State, task: str, said: Said) -> Move:
    """On top of what is open; a task stands there once, and a question that was only put otherwise goes."""
    recent = _talked_about(book, state)
    stack = [frame for frame in state.stack if frame["task"] != task or "intent" in frame]
    open_already = [frame for frame in state.stack if frame["task"] == task and "intent" not in frame]
    if stack and stack[-1] is state.top and _is_answered_elsewhere(book, stack[-1], said):
        stack.pop()
    frame = open_already[0] if open_already else _framed(book, task, said)
    _fill(book, frame, said)
    state = replace(state, stack=[*stack, frame], recent=recent)
    name = next((name for name in book.tasks[task].values if book.values[name].words), None)
    if name and name not in frame["values"] and recent.get(name) and any(map(is_other, said.entities)):
        frame["values"][name] = {"is": recent[name]}
        frames.forget(book, frame, name)
        return _do(state, frame, ASK)
    return _go(book, state)


def _fill(book: Book, frame: Frame, said: Said) -> None:
    frames.put(book, frame, frames.fit(book, frame, said.entities))
    if not said.pressed:
        frames.guess(book, frame, said.names)


def _is_answered_elsewhere(book: Book, frame: Frame, said: Said) -> bool:
    """A look-up whose missing value now comes with another request: the person has put it otherwise."""
    is_look_up = book.tasks[frame["task"]].quote is None
    return is_look_up and frame["asked"] in frames.fit(book, frame, said.entities)


def _framed(book: Book, task: str, said: Said) -> Frame:
    return frames.new(task, **({"intent": said.intent} if book.tasks[task].each else {}))


def _queue(book: Book, move: Move, said: Sequence[Said], *, below: int) -> Move:
    """The other requests of the message, done after the first and before what was open is asked again."""
    waiting = []
    for one in said:
        if task := book.starts.get(one.intent) or book.each.get(one.intent):
            frame = _framed(book, task, one)
            _fill(book, frame, one)
            waiting.append(frame)
    stack = move.state.stack
    if waiting and move.action in (None, ASK_AGAIN):
        return _go(book, replace(move.state, stack=[*stack, *reversed(waiting)]))
    queued = [*stack[:below], *reversed(waiting), *stack[below:]]
    return replace(move, state=replace(move.state, stack=queued))


def step(book: Book, state: State, last: str) -> Move:
    """The next action after `last` has run and the actions have written what they found."""
    state = copy.deepcopy(state)
    if last == READINGS or (last == FALLBACK and state.misses >= PATIENCE):
        return Move(action=None, state=state)
    if state.top and state.top["problem"] == LOST_WORDS:
        return _lost(book, state, state.top)
    if state.top and state.top["doing"] == last:
        state.top["doing"] = None
        if _is_settled(book, state.top, last):
            return Move(action=None, state=state)
        if not _is_unfinished(book, state.top, last):
            state = _dropped(book, state)
    return _go(book, state)


def _lost(book: Book, state: State, frame: Frame) -> Move:
    """The words that were tried name nothing: not understood, if they were all that was said."""
    frames.unguess(frame)
    if frame.get("only_words"):
        state.stack.pop()
    elif not frame["asked"]:
        return _go(book, state)
    return Move(action=FALLBACK, state=state)


def _is_settled(book: Book, frame: Frame, last: str) -> bool:
    """Whether the question was put and it is the person's turn."""
    task, asked = book.tasks[frame["task"]], frame["asked"]
    if last in (ASK, ASK_AGAIN):
        return frames.is_waiting(frame)
    if last == task.quote:
        if asked in frame["values"]:
            frames.take_back(frame, asked)
        elif frame["quote"]:
            frames.settle(frame)
        return frames.is_waiting(frame)
    if last == task.then and not task.quote and asked in frame["values"]:
        del frame["values"][asked]
        return True
    if last == task.then and task.quote:
        if asked == QUOTE:
            frame["quote"] = None
        return frames.is_waiting(frame)
    if last in _finders(book) and asked:
        if frame["problem"] == "several" or not frames.take_back(frame, asked):
            return True
        frame.update(asked=None, problem=None)
    return False


def _is_unfinished(book: Book, frame: Frame, last: str) -> bool:
    """Whether what `last` was for is there now, so that the frame goes on."""
    found = [name for name in frame["values"] if frames.known(book, frame, name) is not None]
    if last in (ASK, ASK_AGAIN):
        return bool(found)
    return last in _finders(book) and any(book.values[name].find == last for name in found)


def _finders(book: Book) -> set[str | None]:
    return {value.find for value in book.values.values()} - {None}


def _dropped(book: Book, state: State) -> State:
    *below, over = state.stack
    return replace(state, stack=below, recent=frames.about(book, over, state.recent))


def _talked_about(book: Book, state: State) -> dict[str, Any]:
    return frames.about(book, state.top, state.recent) if state.top else state.recent


def _go(book: Book, state: State) -> Move:
    """What the top task does next, or its open question once more."""
    frame = state.top
    if frame is None:
        return Move(action=None, state=state)
    task = book.tasks[frame["task"]]
    if frames.is_waiting(frame):
        return _do(state, frame, ASK_AGAIN)
    for name in task.values:
        find = book.values[name].find
        if find and frame["values"].get(name, {}).get("said") and frames.known(book, frame, name) is None:
            return _do(state, frame, find)
    for name in task.values:
        has = frames.known(book, frame, name) is not None or frames.carry(book, frame, state.recent, name)
        if not has and name in task.needs:
            if problem := frames.refused(book, frame, name):
                frames.take_back(frame, name)
            frame.update(asked=name, problem=problem)
            return _do(state, frame, ASK)
    return _do(state, frame, task.quote or task.then)


def _do(state: State, frame: Frame, action: str) -> Move:
    frame["doing"] = action
    return Move(action=action, state=state)
