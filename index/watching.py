"""Follow a folder as it changes, by watchfiles. Knows nothing of what is done about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

_QUIET = 1_000
_AGAIN = 10_000


def changes(folder: Path, *, skip: Path | None = None, stop: Event | None = None) -> Iterator[bool]:
    """Yield True when files below a folder have changed and a second has passed in quiet.

    Yields False every ten seconds without a change, for what could not be done before. Hidden
    files, and what lies below `skip`, are passed over. Ends when `stop` is set. What happened
    before the first yield is the caller's to look at.
    """
    from watchfiles import Change, watch

    root = folder.resolve()
    left_out = skip.resolve() if skip else None

    def counts(_: Change, path: str) -> bool:
        place = Path(path)
        if left_out is not None and place.is_relative_to(left_out):
            return False
        inside = place.relative_to(root) if place.is_relative_to(root) else place
        return not any(part.startswith(".") for part in inside.parts)

    for changed in watch(
        root,
        watch_filter=counts,
        debounce=10 * _QUIET,
        step=_QUIET,
        rust_timeout=_AGAIN,
        yield_on_timeout=True,
        stop_event=stop,
    ):
        yield bool(changed)
