"""What somebody may do on the page besides asking. Knows accounts by name only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rights:
    """Whether files may be added to the index and documents removed from it."""

    upload: bool = True
    remove: bool = True


RightsOf = Callable[[str], Rights]
"""The rights of an account; "" is whoever has none."""


def everything(owner: str) -> Rights:
    """All rights for everybody: right for a page that only this machine can reach."""
    return Rights()
