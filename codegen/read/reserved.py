"""Names that generated code uses itself, so that nothing of a document may bear them."""

from __future__ import annotations

import builtins
from typing import Final

from trunkline.model import Model


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


TYPE_WORDS: Final = _set(
    "bool bytes datetime decimal dict enum field float frozenset int list object set str tuple typing"
)
"""What annotations and class bodies of generated code speak of; a member of this name would hide it."""

FIELD_RESERVED: Final = _set(
    "bool bytes cls datetime define dict field float int list self str trunkline"
) | {name.lstrip("_") for name in dir(Model)}
PARAMETER_RESERVED: Final = _set("self cls options body patch operations models datetime")
METHOD_RESERVED: Final = TYPE_WORDS | _set("self mro type property client loader")
RESOURCE_RESERVED: Final = TYPE_WORDS | _set(
    "aclose auth auth_schemes base_url call client close config drift fields from_env headers hint hooks "
    "limits link_scope models mro operations paginate patches property reports_failure request retry routes "
    "seams self servers stats timeouts transport type"
)
CLASS_RESERVED: Final = frozenset(
    name.casefold()
    for name in {
        *(name for name in dir(builtins) if not name.startswith("_")),
        *_set(
            "I O Any Answer Auth Body Bulk Callable ClassVar Client Decimal Enum Field FieldSet Filter Final "
            "Generic IntEnum Iterable Iterator Literal Mapping Model OpenIntEnum OpenStrEnum Operation "
            "Optional OrderBy Origin Page Pager Paging Param Patch Protocol RequestOptions Resource Self "
            "Sequence StrEnum TypeAlias TypeVar UNSET Union Unset UnsetType attrs date datetime define time "
            "timedelta"
        ),
    }
)
"""Casefolded; builtins, typing, attrs and trunkline's own."""
