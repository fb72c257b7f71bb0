"""Where an index lives: in a folder, or on a Chroma server. Knows nothing of search."""

from __future__ import annotations

from pathlib import Path

from index.errors import StoreNotFound
from index.folder_place import FolderPlace
from index.pending import Place
from index.rooms import Shared
from index.server_place import ServerPlace


def place_of(location: str, shared: Shared, *, create: bool) -> Place:
    """The place at a location. Raises StoreNotFound when there is none and `create` is false."""
    if location.startswith(("http://", "https://")):
        return ServerPlace(location, shared, create=create)
    if Path(location).exists() and not Path(location).is_dir():
        raise ValueError(f"{location} is a file; give the folder of an index")
    if not create and not Path(location).is_dir():
        raise StoreNotFound(
            f"there is no index at {location}; make one with: assistant index FOLDER"
        )
    return FolderPlace(Path(location), shared).opened(create=create)
