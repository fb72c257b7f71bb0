"""Whether a call names a function there is, with as many values as it takes. Knows no Gradio.

Gradio takes its callers for its own page, and answers those mistakes as if they were its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

_CALL = re.compile(r"/gradio_api/(?:queue/join|(?P<way>call|call/v2|run|api)/(?P<name>\w+))/?")
_NUMBER: TypeAdapter[int] = TypeAdapter(int)


class Function(Protocol):
    """What can be called; programs leave out the inputs that say `skip_api`.

    What has a `queue`, as all but those that say False, is not there for `run`.
    """

    @property
    def api_name(self) -> Any: ...  # noqa: ANN401, D102 - Gradio has False for none

    @property
    def queue(self) -> bool | None: ...  # noqa: D102

    @property
    def inputs(self) -> Sequence[Any]: ...  # noqa: D102


class Calls:
    """Tells mistakes in calls of the functions there are, by number."""

    def __init__(self, functions: Callable[[], Mapping[int, Function]]) -> None:
        self._functions = functions

    def mistake(self, path: str, body: object) -> tuple[int, str] | None:
        """The status and what to say of it; None for what is no call, or none that is mistaken."""
        called = _CALL.fullmatch(path)
        if called is None or not isinstance(body, dict):
            return None
        way, name = called["way"] or "", called["name"] or ""
        functions = self._functions()
        number = None if way.startswith("call") else body.get("fn_index")
        if number is not None:
            try:
                function = functions.get(_NUMBER.validate_python(number))
            except ValidationError:
                # Gradio has its own words for what is no number.
                return None
        else:
            function = next((one for one in functions.values() if one.api_name == name), None)
        if function is None:
            asked = repr(name) if number is None else f"with the number {number}"
            return (404, f"there is no function {asked}") if name or number is not None else None
        if way == "call/v2" or (way in ("run", "api") and function.queue is not False):
            return None
        values = body.get("data")
        least = sum(not part.skip_api for part in function.inputs)
        if isinstance(values, list) and len(values) < least:
            return 422, f"data must hold {least} values; got {len(values)}"
        return None
