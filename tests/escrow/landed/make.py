"""How the data beside this file was made: once, on 26 November 2026, by the first landed version of escrow.

`python -m tests.escrow.landed.make` in a tree of that version (alembic revision 0003). What it wrote is kept
for ever, so it is not run again: a later program would write what it itself believes, and prove nothing.
Everything happens over HTTP, as messenger, the marketplace's executor and people did it.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from sqlalchemy import select

from escrow.store.database import Database
from escrow.tables import metadata
from messenger import tokens
from tests.desk import free_ports
from tests.escrow.conftest import Answer, Escrow
from tests.escrow.landed import DATABASE, ROWS, VERDICTS

LAMPS, STRIPS, DRILLS, BOXES = "TA-20931-7741", "20001234567890123", "TA-20931-7714", "TA-20931-6650"
STREET, STAGE, WRENCHES, PANELS = "TA-31200-0450", "TA-31207-7777", "TA-40015-2200", "TA-40015-2311"
GRINDERS, FLOODLIGHTS, BITS, WALL, LIGHTS = (
    "TA-31200-0501",
    "TA-20944-1002",
    "TA-20950-3310",
    "TA-20951-0007",
    "TA-55801-0032",
)
ORDERS = (
    LAMPS,
    STRIPS,
    DRILLS,
    BOXES,
    STREET,
    STAGE,
    WRENCHES,
    PANELS,
    GRINDERS,
    FLOODLIGHTS,
    BITS,
    WALL,
    LIGHTS,
)
REASONS = (None, "damaged", "not_delivered", "not_shipped")
WHAT_IFS = (
    {"at": "2026-12-03T12:00:00Z"},
    {"at": "2027-02-01T00:00:00Z", "reason": "defective"},
    {"tier": "enterprise_pro"},
    {"tier": "enterprise", "at": "2026-12-20T00:00:00Z", "reason": "terms_not_met"},
    {"delivered_at": "2026-11-25T23:30:00Z", "reason": "missing"},
)


def confirmed(escrow: Escrow, person: str, **asked: Any) -> Answer:
    asked = asked if "kind" in asked else {"kind": "open_claim", "reason": "damaged"} | asked
    quoted = escrow.ask(person, "POST", "/v1/quotes", asked)
    assert quoted.status == 200, quoted.body
    path = f"/v1/quotes/{quoted.json['quote_id']}/confirm"
    done = escrow.ask(person, "POST", path, key=f"yes-{quoted.json['quote_id']}")
    again = escrow.ask(person, "POST", path, key=f"yes-{quoted.json['quote_id']}")
    assert done.status == 200 and done.body == again.body, done.body
    return done


def advanced(escrow: Escrow, days: int) -> None:
    assert escrow.ask("omar", "POST", "/v1/demo/advance", {"days": days}).status == 200


def booked(escrow: Escrow, instruction: str, result: str) -> None:
    path = f"/v1/instructions/{instruction}/result"
    given = escrow.ask("marketplace", "POST", path, {"result": result}, bearer=escrow.token("marketplace"))
    assert given.status == 200, given.body


def the_first_days(escrow: Escrow) -> None:
    """Claims while money is held, owed to the supplier, and paid out; one escalated; refusals."""
    confirmed(escrow, "alice", order=LAMPS, share="1/2")
    confirmed(escrow, "alice", order=DRILLS, amount={"minor": 30000, "currency": "USD"})
    confirmed(escrow, "bruno", order=STAGE, reason="terms_not_met", share="1/3")
    confirmed(escrow, "chen", kind="escalate", claim="CLM-1001")
    above: dict[str, Any] = {
        "order": PANELS,
        "share": None,
        "amount": {"minor": 9_999_999, "currency": "KWD"},
    }
    assert escrow.quote("chen", **above).code == "amount_above_cap"
    assert escrow.quote("alice", order=BITS, reason="damaged").code == "reason_needs_delivery"
    revoked = escrow.ask("messenger", "POST", "/v1/turns/c9-t1/revoke")
    assert revoked.status == 200, revoked.body
    asked = {"kind": "open_claim", "order": STRIPS, "reason": "other", "share": "1/2"}
    late = escrow.ask("alice", "POST", "/v1/quotes", asked, conversation="c9", turn="c9-t1")
    assert late.code == "turn_revoked"


def the_days_after(escrow: Escrow) -> None:
    """Silent releases one by one, and each kind of answer to their payouts."""
    forgotten = escrow.quote("nordholm", order=LIGHTS, share="1/4").json["quote_id"]
    advanced(escrow, 3)
    booked(escrow, f"PAY-{LAMPS}-1", "unknown")
    advanced(escrow, 2)
    booked(escrow, f"PAY-{WRENCHES}-1", "failed")
    advanced(escrow, 2)
    assert escrow.ask("nordholm", "POST", f"/v1/quotes/{forgotten}/confirm").code == "quote_expired"
    advanced(escrow, 1)
    booked(escrow, f"PAY-{STRIPS}-1", "returned")
    confirmed(escrow, "bruno", order=STREET, reason="other", share="1/8")
    advanced(escrow, 4)


def the_last_day(escrow: Escrow) -> None:
    """Two claims of which one supplier has heard, and quotes that nobody has answered."""
    confirmed(escrow, "chen", order=PANELS, reason="missing", share="1/3")
    items = escrow.ask("messenger", "GET", "/v1/notices").json["items"]
    (told,) = [one for one in items if one["order"] == PANELS and one["kind"] == "claim_opened"]
    assert escrow.ask("messenger", "POST", f"/v1/notices/{told['id']}/accepted").status == 200
    confirmed(escrow, "alice", order=STRIPS, reason="wrong_item", share="1/1")
    assert escrow.quote("nordholm", order=LIGHTS, share="1/5").status == 200


def verdicts(escrow: Escrow) -> list[dict[str, Any]]:
    """Of each order for each reason, and under each condition for some."""
    asked: list[tuple[str, dict[str, str]]] = [
        (order, {"reason": reason} if reason else {}) for order, reason in product(ORDERS, REASONS)
    ]
    asked += [(order, dict(given)) for order, given in product((LAMPS, PANELS, STREET, WALL), WHAT_IFS)]
    return [_verdict(escrow, order, given) for order, given in asked]


def _verdict(escrow: Escrow, order: str, given: dict[str, str]) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in given.items())
    answer = escrow.ask("omar", "GET", f"/v1/orders/{order}/verdict?{query}")
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json
    assert escrow.ask("omar", "POST", "/v1/verdicts/check", told).json["same"]
    return told


def without_doubles(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One of each order, answer, reason and condition; an open claim answers the same whatever is asked."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for verdict in found:
        facts, is_open = verdict["facts"], verdict["code"] == "claim_already_open"
        asked = ("reason", "tier", "delivered_at", "hypothetical")
        key = () if is_open else (facts["now"] if facts["hypothetical"] else "", *(facts[x] for x in asked))
        kept.setdefault((facts["order"], verdict["code"], verdict["rule"], *key), verdict)
    return list(kept.values())


def write_rows(url: str) -> None:
    database = Database(url)
    database.write(lambda work: work.records.keep_text(LAMPS, "two of the forty lamps came broken"))
    with database.engine.connect() as connection:
        rows = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }
    database.close()
    ROWS.write_bytes(gzip.compress(json.dumps(rows, indent=0).encode(), mtime=0))


def main() -> int:
    home = Path(tempfile.mkdtemp(prefix="assure-landed-"))
    tokens.ensure_keys(home)
    escrow = Escrow(home, f"http://127.0.0.1:{free_ports() + 3}", f"sqlite:///{home}/escrow.db")
    assert escrow.run("escrow.demo").returncode == 0
    escrow.start()
    try:
        found = verdicts(escrow)
        the_first_days(escrow)
        the_days_after(escrow)
        the_last_day(escrow)
        found += verdicts(escrow)
    finally:
        escrow.stop()
    write_rows(escrow.database)
    audited = escrow.books()
    assert audited.returncode == 0, audited.stdout
    VERDICTS.write_text("[\n" + ",\n".join(map(json.dumps, without_doubles(found))) + "\n]\n")
    with sqlite3.connect(home / "escrow.db") as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("VACUUM")
    DATABASE.write_bytes(gzip.compress((home / "escrow.db").read_bytes(), mtime=0))
    print(audited.stdout, home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
