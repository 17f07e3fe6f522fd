"""The deeds, found by their files: each module here that has a DEED is one."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from contract import codes
from escrow.deeds.deed import Deed, Plan

__all__ = ["DEEDS", "Deed", "Plan"]

_MODULES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
DEEDS: dict[codes.Deed, Deed[Any]] = {
    module.DEED.kind: module.DEED for module in _MODULES if hasattr(module, "DEED")
}
