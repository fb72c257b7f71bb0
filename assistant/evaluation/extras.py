"""The libraries of the extra `evaluation`, loaded where they are needed or missed with a cure."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from index.errors import ExtraMissing


def extra(module: str) -> ModuleType:
    """An optional module. Raises ExtraMissing with the pip line when it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ExtraMissing(
            f"evaluation needs {error.name}; run: pip install --editable '.[evaluation]'"
        ) from error
