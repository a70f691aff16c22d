"""Hand a tuple of tables down by its address.

numba hands a tuple to a function field by field, an array as seven numbers: the tables of the engine are three hundred
arguments, moved at every call and compiled into every function. ``lent(tables)`` is one address; its fields read as
before. It is for ``borrowing`` functions that return before the lender does.
"""

from typing import Any, TypeVar, cast

from numba import extending
from numba.core import cgutils, types
from numba.core.datamodel.models import PrimitiveModel
from numba.core.typing.templates import AttributeTemplate

Tables = TypeVar("Tables", bound=tuple[Any, ...])
_numba, _code = cast(Any, extending), cast(Any, cgutils)


def lent(tables: Tables) -> Tables:
    """The same tuple; inside compiled code its address, in memory of the function that lends."""
    return tables


class _Lent(types.Type):
    """The type of a lent tuple."""

    def __init__(self, of: types.NamedTuple) -> None:
        self.of = of
        super().__init__(f"Lent({of})")


class _Address(PrimitiveModel):
    """What a lent tuple is at run time."""

    def __init__(self, manager: Any, kind: _Lent) -> None:
        super().__init__(manager, kind, manager.lookup(kind.of).get_value_type().as_pointer())  # type: ignore[no-untyped-call]


class _Fields(AttributeTemplate):
    """The fields of a lent tuple have the types of the tuple's."""

    key = _Lent

    def generic_resolve(self, value: Any, attr: Any) -> Any:  # type: ignore[override]
        return value.of[value.of.fields.index(attr)] if attr in value.of.fields else None


def _read_field(_context: Any, builder: Any, kind: _Lent, address: Any, name: str) -> Any:
    return builder.load(_code.gep_inbounds(builder, address, 0, kind.of.fields.index(name)))


def _type_of_lent(_context: Any) -> Any:
    return lambda tables: _Lent(tables) if isinstance(tables, types.NamedTuple) else None


def _lend(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
    return _code.alloca_once_value(builder, arguments[0])


_numba.register_model(_Lent)(_Address)
_numba.infer_getattr(_Fields)
_numba.lower_getattr_generic(_Lent)(_read_field)
_numba.type_callable(lent)(_type_of_lent)
_numba.lower_builtin(lent, types.NamedTuple)(_lend)
