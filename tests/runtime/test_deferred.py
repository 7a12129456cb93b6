"""Deferred attrs classes are those that attrs would have made at once, to whoever uses them."""

from __future__ import annotations

import copy
import inspect
import pickle
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
import pytest
from attrs import field

from trunkline import _deferred
from trunkline.model import Model


@_deferred.define(kw_only=True)
class Late(Model):
    """A model."""

    number: int
    text: str | None = field(default=None, repr=False, metadata={"wire": "theText"})
    kind: ClassVar[str] = "late"


@_deferred.define(kw_only=True)
class Later(Late):
    """Inherits from another one, and replaces a field of it."""

    number: int = 7
    more: list[int] = field(factory=list)


@_deferred.frozen
class Fixed:
    """Frozen, with equality and a hash."""

    number: int
    text: str = "x"

    def doubled(self) -> int:
        """Twice the number."""
        return self.number * 2


def fresh(decorate: Callable[..., Any] = _deferred.define) -> Any:
    """A class that nothing has used yet."""

    @decorate(kw_only=True)
    class Fresh(Model):
        number: int = 1
        text: str = "a"

    return Fresh


def bare(cls: Any) -> Any:
    """An instance as the decoder makes it, which does not call `__init__`."""
    made = object.__new__(cls)
    made.number, made.text, made._extra = 1, "a", {}
    return made


@pytest.mark.parametrize(
    "use",
    [
        lambda cls: cls(number=3),
        lambda cls: attrs.fields(cls),
        lambda cls: attrs.has(cls),
        lambda cls: inspect.signature(cls),
        lambda cls: repr(bare(cls)),
        lambda cls: bare(cls) == bare(cls),
        lambda cls: copy.copy(bare(cls)),
        lambda cls: attrs.asdict(bare(cls)),
        lambda cls: attrs.evolve(bare(cls), number=2),
    ],
    ids=["construct", "fields", "has", "signature", "repr", "compare", "copy", "asdict", "evolve"],
)
def test_whatever_comes_first_makes_the_class(use: Callable[[Any], Any]) -> None:
    """Every first use gives what a class of attrs gives, and no placeholder stays."""
    cls = fresh()
    assert use(cls) is not None
    ours, theirs = vars(cls), vars(fresh(attrs.define))
    assert "__signature__" not in ours
    for name in ("__init__", "__repr__", "__eq__", "__getstate__", "__setstate__"):
        assert inspect.signature(ours[name]) == inspect.signature(theirs[name])
    assert set(theirs) == set(ours)
    assert [one.name for one in attrs.fields(cls)] == ["_extra", "number", "text"]


def test_a_deferred_model_has_slots_and_no_hash() -> None:
    """What attrs decides when the class is defined holds before its first use as well."""
    cls = fresh()
    assert cls.__slots__ == ("number", "text")
    assert not hasattr(bare(cls), "__dict__")
    with pytest.raises(TypeError, match="unhashable"):
        hash(bare(cls))
    with pytest.raises(TypeError, match="unexpected keyword"):
        cls(numbr=3)


def test_inheritance_defaults_and_class_variables() -> None:
    """Fields of a base come first, one that is replaced moves, a class variable is no field."""
    assert [one.name for one in attrs.fields(Later)] == ["_extra", "text", "number", "more"]
    assert Later() == Later(number=7, more=[]) != Late(number=7)
    assert repr(Later(number=1, text="hidden")) == "Later(number=1, more=[])"
    assert Later.kind == "late"
    assert attrs.fields(Late).text.metadata == {"wire": "theText"}
    assert pickle.loads(pickle.dumps(Later(more=[1]))) == Later(more=[1])  # noqa: S301


def test_a_subclass_may_call_the_deferred_init_through_super() -> None:
    """`super().__init__` reaches the real one, also as the first use of the class."""
    base = fresh()

    class Own(base):  # type: ignore[misc]
        def __init__(self, number: int) -> None:
            super().__init__(number=number + 1)

    assert Own(4).number == 5
    assert list(inspect.signature(Own).parameters) == ["number"]


def test_frozen_is_frozen_before_and_after_the_first_use() -> None:
    """No attribute of a deferred frozen class can be set; it is compared and hashed by its fields."""
    one = Fixed(1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.number = 2  # type: ignore[misc]
    assert one == Fixed(1, "x")
    assert hash(one) == hash(Fixed(1))
    assert (repr(one), one.doubled()) == ("Fixed(number=1, text='x')", 2)

    @attrs.frozen
    class Derived(Fixed):
        third: int = 3

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Derived(1).third = 4  # type: ignore[misc]


def test_a_class_with_super_of_its_own_is_made_at_once() -> None:
    """attrs mends what `super()` refers to; such a class is not deferred."""

    @_deferred.define
    class Talks(Late):
        more: int = 0

        def to_dict(self) -> dict[str, Any]:
            return {"more": self.more, **super().to_dict()}

    assert "__attrs_attrs__" in vars(Talks)
    assert isinstance(vars(Talks)["__attrs_attrs__"], tuple)


def test_many_threads_meet_one_class() -> None:
    """The first use by eight threads at once makes the class once, and each gets its instance."""
    for _ in range(20):
        cls, gate, made = fresh(), threading.Barrier(8), list[Any]()

        def use(cls: Any = cls, gate: threading.Barrier = gate, made: list[Any] = made) -> None:
            gate.wait()
            made.append(cls(number=5))

        threads = [threading.Thread(target=use) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [one.number for one in made] == [5] * 8
