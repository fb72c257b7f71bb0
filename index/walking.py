"""Which files a folder holds, and what stands in the way of reading them. Knows no formats."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

from index.errors import UnreadableDocument


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files count: gitignore patterns over paths below the folder.

    A file counts if it matches one of `include`, or there are none, and does not match `exclude`.
    Hidden files and folders never count.
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    _specs: tuple[GitIgnoreSpec, GitIgnoreSpec] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("include", "exclude"):
            if isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be a list of patterns; got {getattr(self, name)!r}")
        try:
            specs = (
                GitIgnoreSpec.from_lines(self.include),
                GitIgnoreSpec.from_lines(self.exclude),
            )
        except GitIgnorePatternError as error:
            raise ValueError(f"not a gitignore pattern: {error}") from error
        object.__setattr__(self, "_specs", specs)

    def counts(self, name: str) -> bool:
        """Whether a file counts, by its POSIX path below the folder."""
        include, exclude = self._specs
        return (not self.include or include.match_file(name)) and not exclude.match_file(name)


@dataclass(frozen=True, slots=True)
class Walk:
    """The files below a folder by id, in order, and what could not be looked into, with reasons.

    What lies below an entry of `blocked` may be there all the same.
    """

    files: dict[str, Path]
    blocked: dict[str, str]

    def may_hold(self, name: str) -> bool:
        """Whether a file may lie in the folder, being there or hidden by what is blocked."""
        return name in self.files or any(
            name == place or name.startswith(f"{place}/") or place == "." for place in self.blocked
        )


def folder_named(name: str | Path) -> Path:
    """The folder of a name. Raises ValueError for none: as a path it would be the one we are in."""
    if not str(name).strip():
        raise ValueError("the folder of documents has no name; give one")
    return Path(name)


def walk(folder: Path, selection: Selection, *, skip: Path | None = None) -> Walk:
    """Look through a folder; linked folders are not followed, since they may lead in circles.

    `skip` is a folder that is passed over, for an index that lies within what it indexes. Raises
    ValueError when `folder` is not a folder, or is the one to pass over.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; give the folder that holds the documents")
    # However either is written; what is linked to is not walked.
    left_out = Path(os.path.relpath(skip.resolve(), folder.resolve())) if skip else None
    if left_out == Path("."):
        raise ValueError(f"{folder} is the folder of the index itself; keep the documents apart")
    found: dict[str, Path] = {}
    blocked: dict[str, str] = {}

    def note(error: OSError) -> None:
        where = Path(os.fsdecode(error.filename or folder))
        blocked[where.relative_to(folder).as_posix()] = error.strerror or str(error)

    for parent, folders, names in os.walk(folder, onerror=note):
        for name in sorted(folders):
            path = Path(parent, name)
            if not name.startswith(".") and path.is_symlink():
                place = path.relative_to(folder).as_posix()
                if selection.counts(f"{place}/"):
                    blocked[place] = "a linked folder is not followed; index the folder it leads to"
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and Path(parent, name).relative_to(folder) != left_out
        )
        for name in names:
            place = Path(parent, name).relative_to(folder).as_posix()
            if not name.startswith(".") and selection.counts(place):
                found[place] = Path(parent, name)
    return Walk(dict(sorted(found.items())), blocked)


def digest(path: Path, name: str) -> str:
    """The sha256 of a file. Raises UnreadableDocument for a name or a thing that is no file."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableDocument("the file name is not valid UTF-8; rename the file") from error
    # What is neither a file nor a broken link may never end, as a pipe does.
    if not path.is_file() and path.exists():
        raise UnreadableDocument("it is not a regular file")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def printable(name: str) -> str:
    """A name as text that can be printed and stored, whatever bytes it was made of."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
