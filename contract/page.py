"""`python -m contract.page`: the codes as constants of the page, so that it has none of its own."""

from enum import StrEnum
from pathlib import Path

from contract.codes import ClaimState, InstructionState, Owner, Role, SocketError

PATH = Path(__file__).resolve().parent.parent / "messenger" / "web" / "shared" / "contract.js"
# Those that a module of the page needs: every byte is sent to everybody.
SHOWN: tuple[type[StrEnum], ...] = (Role, Owner, ClaimState, InstructionState, SocketError)
HEAD = "// Made by `python -m contract.page` from contract/codes.py; a change belongs there.\n"


def text() -> str:
    return HEAD + "".join(map(_constant, SHOWN))


def _constant(codes: type[StrEnum]) -> str:
    lines = "".join(f'  {code.name}: "{code.value}",\n' for code in codes)
    return f"\nexport const {codes.__name__} = Object.freeze({{\n{lines}}});\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
