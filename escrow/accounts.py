"""Who takes part, as the marketplace tells it: accounts with their persons, suppliers' badges, products."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from contract import kept, told
from contract.codes import Code, Role, Tier
from escrow.history import OWN_FUNDS
from escrow.refusals import Refusal, not_found
from escrow.store.parties import Account
from escrow.store.work import Work
from escrow.verdicts import ZONES
from escrow.views.common import instant


def put(work: Work, id: str, account: told.AccountTold) -> kept.Account:
    """Made, or changed to what is told. Raises Refusal: an account never changes its side, a person never
    their account, and the desk's own are none of the marketplace's.
    """
    must_be_own(id)
    if account.zone not in ZONES:
        raise Refusal(Code.MALFORMED, field="zone", problem="a zone that does not exist")
    side = work.parties.side_of(id)
    if side not in (None, Role.BUYER, Role.SUPPLIER):
        raise not_found()
    if side not in (None, account.role):
        raise Refusal(Code.BELONGS_ELSEWHERE, account=id, role=side)
    badge = work.parties.account(id).badge if side else False
    after = Account(id, account.name, account.role, account.tier, account.zone, account.locale, badge)
    if side is None:
        work.parties.add_account(after)
    elif after != work.parties.account(id):
        work.parties.change_account(after)
    for person in account.persons:
        _put_person(work, person, after)
    work.parties.set_destinations(id, {each.id: each.verified_at for each in account.destinations})
    return view(work, id)


def put_supplier(work: Work, id: str, supplier: told.SupplierTold) -> kept.Account:
    """Raises Refusal not_found for an account that is no supplier's."""
    if work.parties.side_of(id) != Role.SUPPLIER:
        raise not_found()
    after = replace(work.parties.account(id), badge=supplier.badge)
    work.parties.change_account(after)
    return view(work, id)


def put_product(work: Work, id: str, product: told.ProductTold) -> kept.Product:
    """Raises Refusal: a product never changes its supplier."""
    must_be_own(id)
    must_be(work, product.supplier, Role.SUPPLIER, "supplier")
    known = work.parties.supplier_of(id)
    if known not in (None, product.supplier):
        raise Refusal(Code.BELONGS_ELSEWHERE, product=id)
    work.parties.set_product(id, supplier=product.supplier, title=product.title)
    return kept.Product(id, product.supplier, product.title)


def must_be(work: Work, account: str, role: Role, field: str) -> None:
    """Raises Refusal `malformed` unless that account is known and of that side; it may be told of later."""
    if work.parties.side_of(account) != role:
        raise Refusal(Code.MALFORMED, fleeting=True, field=field, problem=f"no {role} of that name")


def must_be_own(id: str) -> None:
    """Raises Refusal `malformed` for what cannot be the name of something in the books."""
    try:
        if msgspec.convert(id, told.Own) == OWN_FUNDS:
            raise msgspec.ValidationError("the name of the platform's own")
    except msgspec.ValidationError as wrong:
        raise Refusal(Code.MALFORMED, field="id", problem=str(wrong)) from None


def _put_person(work: Work, person: told.PersonTold, account: Account) -> None:
    whose = work.parties.account_of(person.id)
    if whose not in (None, account.id):
        raise Refusal(Code.BELONGS_ELSEWHERE, person=person.id)
    name = person.name or person.id
    if whose is None:
        work.parties.add_person(
            person.id, account=account.id, name=name, role=account.role, email=person.email
        )
    else:
        work.parties.change_person(person.id, name=name, email=person.email)


def view(work: Work, id: str) -> kept.Account:
    account = work.parties.account(id)
    return kept.Account(
        id=id,
        name=account.name,
        role=Role(account.role),
        tier=Tier(account.tier),
        zone=account.zone,
        locale=account.locale,
        badge=account.badge,
        persons=[kept.Person(row.id, row.name, row.email) for row in work.parties.named(id)],
        destinations=[kept.Destination(id, instant(at)) for id, at in work.parties.destinations(id).items()],
    )
