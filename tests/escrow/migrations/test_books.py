"""What was there is there still: each row, and the sums that were made of them."""

from __future__ import annotations

import json
from collections import defaultdict

from escrow.store.database import Database
from tests.escrow import landed
from tests.escrow.migrations import Row, rows

GONE = {"orders": {"release_from"}, "claims": {"respond_from", "changed_at"}}


def test_no_landed_row_is_lost_or_changed(carried: Database) -> None:
    for table, were in landed.rows().items():
        if table == "deadlines" or not were:
            continue
        kept = [name for name in were[0] if name not in GONE.get(table, ())]
        now = {"order_id": "chain"} if table == "history" else {}
        columns = ", ".join(f"{now.get(name, name)} AS {name}" for name in kept)
        are = [row for row in rows(carried, f"SELECT {columns} FROM {table}") if not _is_new(table, row)]
        expected = sorted(repr({name: row[name] for name in kept}) for row in were)
        assert sorted(map(repr, are)) == expected, table


def _is_new(table: str, row: Row) -> bool:
    by_migration = table == "history" and row["actor"] == "program:migration"
    return by_migration or (table, row.get("name")) == ("counters", "history")


def test_each_payment_of_the_landed_books_is_a_row_that_its_history_tells(carried: Database) -> None:
    paid = [row for row in landed.rows()["history"] if row["event"] == "order.pay"]
    should = {}
    for row in paid:
        facts = json.loads(row["facts"])
        told = {"id": facts["payment"], "order_id": row["order_id"], "payer": None, "at": row["at"]}
        should[row["order_id"]] = told | {
            "amount": facts["amount"]["minor"],
            "currency": facts["amount"]["currency"],
        }
    assert len(should) == len(paid) == 12
    assert {row["order_id"]: row for row in rows(carried, "SELECT * FROM payments")} == should
    told_again = {
        row["chain"]: json.loads(row["facts"])["rows"]
        for row in rows(carried, "SELECT chain, facts FROM history WHERE event = 'payments.told'")
    }
    assert told_again == {order: {f"payment:{row['id']}": row} for order, row in should.items()}


def test_an_order_is_found_by_what_its_id_ends_with(carried: Database) -> None:
    found = rows(carried, "SELECT id, backwards FROM orders")
    assert {row["id"]: row["backwards"] for row in found} == {row["id"]: row["id"][::-1] for row in found}
    assert len(found) == len(landed.rows()["orders"])


def test_sums_of_accounts_are_those_of_their_postings(carried: Database) -> None:
    told = landed.rows()
    journals = {row["id"]: row for row in told["journals"]}
    parties = {row["id"]: (row["buyer"], row["supplier"]) for row in told["orders"]}
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("paid", "held", "released"), 0)
    )
    for posting in told["postings"]:
        journal = journals[posting["journal"]]
        number, kind = posting["account"].partition(":")[0], journal["kind"]
        for account in parties[journal["order_id"]]:
            sum_ = sums[account, journal["currency"]]
            sum_["paid"] -= posting["minor"] * (number == "2000" and kind == "E1")
            sum_["held"] -= posting["minor"] * (number in ("2000", "2010"))
            sum_["released"] -= posting["minor"] * (
                number in ("2100", "4000") and kind in ("E3", "E4", "E2r")
            )
    are = {
        (row.pop("account"), row.pop("currency")): row for row in rows(carried, "SELECT * FROM account_sums")
    }
    assert are == {key: sum_ | {"refunded": 0, "charged_back": 0} for key, sum_ in sums.items()}
    assert are["chen-instruments", "USD"] == {
        "paid": 330_000,
        "held": 110_000,
        "released": 220_000,
        "refunded": 0,
        "charged_back": 0,
    }
