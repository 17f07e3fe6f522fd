"""The demo world's people, and signing in as one of them. Outside the demo there is no such door.

Read from `data/demo.yml`: `people: {alice: {account: …, role: buyer, name?: …}}` and
`accounts: {<id>: {name?: …, zone?: …, locale?: …}}`.
"""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import yaml

from messenger.settings import ROOT


@dataclass(frozen=True)
class DemoPerson:
    person: str
    name: str
    role: str
    account: str
    account_name: str
    locale: str
    zone: str

    def shown(self) -> dict[str, str]:
        return asdict(self)


@cache
def asks(path: Path = ROOT / "data" / "demo.yml") -> list[str]:
    """What somebody who looks around could ask."""
    told: list[str] = yaml.safe_load(path.read_text()).get("asks", [])
    return told


@cache
def people(path: Path = ROOT / "data" / "demo.yml") -> dict[str, DemoPerson]:
    """By name of sign-in, in the order of the file."""
    world = yaml.safe_load(path.read_text())
    found: dict[str, DemoPerson] = {}
    for person, told in world["people"].items():
        account = world.get("accounts", {}).get(told["account"], {})
        found[person] = DemoPerson(
            person=person,
            name=told.get("name", person.replace("-", " ").title()),
            role=told["role"],
            account=told["account"],
            account_name=account.get("name", told["account"]),
            locale=account.get("locale", "en"),
            zone=account.get("zone", "UTC"),
        )
    return found


def nobody(called: str) -> str:
    """For the terminal: there is no such person, and who there is."""
    everybody = people().values()
    width = max(len(each.person) for each in everybody)
    lines = [f"  {each.person:<{width}}  {each.role}, {each.account_name}" for each in everybody]
    return "\n".join([f"nobody in the demo world is called {called}. There are:", *lines])
