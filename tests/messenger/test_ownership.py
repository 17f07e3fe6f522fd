"""The table of who may change the owner, whole."""

from __future__ import annotations

from itertools import product

import pytest

from messenger.ownership import MAY, By, NotTheirs, Owner, Ownership, Stale, change


@pytest.mark.parametrize(("owner", "to", "by"), product(Owner, Owner, By))
def test_only_what_the_table_allows_changes_the_owner(owner: Owner, to: Owner, by: By) -> None:
    now = Ownership(owner, 7)
    if by in MAY.get((owner, to), ()):
        assert change(now, to=to, by=by, version=7) == Ownership(to, 8)
    else:
        with pytest.raises(NotTheirs):
            change(now, to=to, by=by, version=7)


@pytest.mark.parametrize(("owner", "to"), product(Owner, Owner))
def test_a_change_from_another_version_is_stale(owner: Owner, to: Owner) -> None:
    with pytest.raises(Stale):
        change(Ownership(owner, 7), to=to, by=By.AGENT, version=6)


def test_the_bot_can_only_call_a_person_and_nothing_leaves_closed() -> None:
    assert [move for move, who in MAY.items() if By.BOT in who] == [(Owner.BOT, Owner.WAITING)]
    assert not [move for move in MAY if move[0] is Owner.CLOSED]
