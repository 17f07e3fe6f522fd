"""Modules and classes that can be imported, subclassed and named in annotations, and nothing else."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from abc import ABCMeta
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, NoReturn


class TensorFlowLeftOut(RuntimeError):
    """Something of TensorFlow was used, not only imported."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} needs TensorFlow, which Assure leaves out: see vendor/hollow-tensorflow/README.md"
        )


class Hollow(ABCMeta):
    """The class of every hollow attribute, and of each class that derives from one.

    Attributes of a hollow class are hollow too; `isinstance` against one is false.
    """

    def __getattr__(cls, name: str) -> Hollow:
        if name.startswith("__"):
            raise AttributeError(name)
        return _hollow(f"{_name_of(cls)}.{name}")

    def _refuse(cls, *_: object, **__: object) -> NoReturn:
        raise TensorFlowLeftOut(_name_of(cls))

    def __call__(cls, *_: object, **__: object) -> Any:
        cls._refuse()

    def __bool__(cls) -> bool:
        cls._refuse()

    def __len__(cls) -> int:
        cls._refuse()

    def __iter__(cls) -> Iterator[Any]:
        cls._refuse()

    def __getitem__(cls, key: object) -> Any:
        cls._refuse()

    __add__ = __sub__ = __mul__ = __truediv__ = __lt__ = __gt__ = __neg__ = _refuse
    __enter__ = __exit__ = _refuse


def _name_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _hollow(path: str) -> Hollow:
    module, _, name = path.rpartition(".")
    return Hollow(name, (), {"__module__": module})


class HollowModule(ModuleType):
    """A module any attribute of which is a hollow class, the same one each time."""

    def __getattr__(self, name: str) -> Hollow:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _hollow(f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers for every submodule below the given roots."""

    def __init__(self, *roots: str) -> None:
        self.prefixes = tuple(f"{root}." for root in roots)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(self.prefixes):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return HollowModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: a hollow module has no source."""


def hollow_out(name: str) -> None:
    """Turn the imported top module `name` into a hollow one, its submodules with it."""
    sys.modules[name].__class__ = HollowModule
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder("tensorflow", "keras"))
