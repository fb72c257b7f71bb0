"""The libraries of the extra `evaluation`, loaded where they are needed or missed with a cure."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from index.errors import ExtraMissing

MODULES = ("ir_measures", "jinja2", "jsonschema", "scipy", "tqdm")


def require(modules: Iterable[str] = MODULES) -> None:
    """Look for every optional module without loading it, before work is done that needs them.

    Raises ExtraMissing naming the first that is not installed.
    """
    for module in modules:
        if find_spec(module) is None:
            raise _missing(module)


def extra(module: str) -> ModuleType:
    """An optional module. Raises ExtraMissing with the pip line when it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise _missing(error.name or module) from error


def _missing(module: str) -> ExtraMissing:
    return ExtraMissing(f"evaluation needs {module}; run: pip install --editable '.[evaluation]'")
