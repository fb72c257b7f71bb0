"""Values asked for lately, kept in memory. Knows nothing of what they are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Latest(Generic[Value]):
    """The latest values asked for, by key, of a size in all; safe to share between threads."""

    def __init__(self, most: int, size: Callable[[Value], int] = lambda value: 1) -> None:
        self._most = most
        self._size = size
        self._held = 0
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def of(
        self, keys: Sequence[str], read: Callable[[list[str]], Mapping[str, Value]]
    ) -> dict[str, Value]:
        """The values of keys; those not held are read, and those that do not exist left out."""
        with self._lock:
            found = {key: self._values[key] for key in keys if key in self._values}
        missing = [key for key in dict.fromkeys(keys) if key not in found]
        if missing:
            found |= read(missing)
        with self._lock:
            for key, value in found.items():
                if key not in self._values:
                    self._values[key] = value
                    self._held += self._size(value)
                self._values.move_to_end(key)
            while self._held > self._most:
                _, oldest = self._values.popitem(last=False)
                self._held -= self._size(oldest)
        return found
