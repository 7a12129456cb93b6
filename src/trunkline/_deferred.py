"""attrs classes whose methods are made at their first use.

attrs writes and compiles the methods of a class when the class is defined, about a millisecond each. A
client has sixty models and a program uses a few of them, so a package of models would take a tenth of a
second to import. A deferred class has its slots, docstring and annotations at once. attrs makes the rest when
an instance is constructed, compared, shown or pickled, or when somebody asks for the fields.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from types import FunctionType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final

import attrs

_MADE: Final = ("__init__", "__repr__", "__eq__", "__getstate__", "__setstate__", "__replace__")
"""The methods that attrs may add, apart from those of frozen classes."""
_STRUCTURE: Final = frozenset(
    {"__annotations__", "__dict__", "__doc__", "__module__", "__qualname__", "__slots__", "__weakref__"}
)
"""What a class has since it was defined, and keeps."""
# One lock for all: two threads may need a class and its base in either order.
_lock = threading.RLock()


@attrs.frozen
class _Frozen:
    """An example, for the two methods that all frozen classes share."""


def _deferred(decorate: Callable[..., Any]) -> Callable[..., Any]:
    """`attrs.define` or `attrs.frozen` for classes of a module, deferred; takes the same options.

    A class with slots, an `__init__` or `super()` of its own is made at once.
    """

    def decorator(cls: type | None = None, **options: Any) -> Any:
        if cls is None:
            return lambda cls: decorator(cls, **options)
        names = [] if _is_special(cls) else _field_names(cls)
        if not names:
            return decorate(cls, **options)
        home = _slotted(cls, names)
        pending = _Pending(home, lambda: decorate(cls, **options))
        for name, value in _placeholders(pending, options, is_frozen=decorate is attrs.frozen).items():
            setattr(home, name, value)
        return home

    return decorator


def _is_special(cls: type) -> bool:
    own = vars(cls)
    if "__slots__" in own or any(name in own for name in _MADE):
        return True
    functions = [getattr(value, "__func__", value) for value in own.values()]
    # `super()` refers to the class of the class statement; attrs puts the slotted class in its place.
    return any(isinstance(one, FunctionType) and "__class__" in one.__code__.co_freevars for one in functions)


def _field_names(cls: type) -> list[str]:
    annotations = inspect.get_annotations(cls).items()
    return [name for name, tp in annotations if str(tp).partition("[")[0].split(".")[-1] != "ClassVar"]


def _slotted(cls: type, names: list[str]) -> type:
    """A copy of the class that has a slot for each field."""
    bases = [vars(base) for base in cls.__mro__[1:]]
    taken = {name for base in bases for name in base.get("__slots__", ())}
    slots = [name for name in names if name not in taken]
    if not any("__weakref__" in base for base in bases):
        slots.append("__weakref__")
    dropped = {*names, "__dict__", "__weakref__"}
    body = {name: value for name, value in vars(cls).items() if name not in dropped}
    return type(cls)(cls.__name__, cls.__bases__, body | {"__slots__": tuple(slots)})


def _placeholders(pending: _Pending, options: Mapping[str, Any], *, is_frozen: bool) -> dict[str, Any]:
    """What a class has in place of what attrs is going to add."""
    with_eq = options.get("eq", True)
    found = {name: _method(pending, name) for name in _MADE if with_eq or name != "__eq__"}
    if with_eq:
        found["__hash__"] = _method(pending, "__hash__") if is_frozen else None
    if is_frozen:
        # A subclass is frozen by having these, which attrs looks for.
        found |= {name: vars(_Frozen)[name] for name in ("__setattr__", "__delattr__")}
    return found | {name: _OfClass(pending, name) for name in ("__attrs_attrs__", "__signature__")}


class _Pending:
    """A class that lacks what attrs makes."""

    def __init__(self, home: type, make: Callable[[], type]) -> None:
        self._home = home
        self._make: Callable[[], type] | None = make

    def finish(self) -> Any:
        """Add what attrs makes, once, and return the class."""
        with _lock:
            if self._make is not None:
                self._take_over(vars(self._make()))
                self._make = None
        return self._home

    def _take_over(self, made: Mapping[str, Any]) -> None:
        ours = vars(self._home)
        for name, value in made.items():
            structural = name in _STRUCTURE or isinstance(value, MemberDescriptorType)
            if not structural and ours.get(name) is not value:
                setattr(self._home, name, value)
        # Older releases of attrs make fewer methods.
        for name in ("__signature__", *(name for name in _MADE if name not in made)):
            if name in ours:
                delattr(self._home, name)


def _method(pending: _Pending, name: str) -> Any:
    """A method that has the real one made and calls it."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        # That of the class and not of `self`, whose class may override it and call this one by `super()`.
        return getattr(pending.finish(), name)(self, *args, **kwargs)

    method.__name__ = name
    return method


class _OfClass:
    """An attribute of a class that is made when it is asked for."""

    def __init__(self, pending: _Pending, name: str) -> None:
        self._pending, self._name = pending, name

    def __get__(self, instance: Any, owner: type) -> Any:
        home = self._pending.finish()
        if self._name == "__signature__":
            return inspect.signature(home) if owner is home else None
        return getattr(home, self._name)


if TYPE_CHECKING:
    # Type checkers know these two by their names.
    from attrs import define as define
    from attrs import frozen as frozen
else:
    define = _deferred(attrs.define)
    frozen = _deferred(attrs.frozen)


__all__ = ["define", "frozen"]
