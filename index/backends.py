"""Which way of running the packaged model is the fastest here. Knows nothing of texts."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from index.encoders import Encoder
from index.packaged import packaged_model

Backend = Literal["auto", "torch", "onnx", "onnx-int8"]

_TILES = {"amx_bf16"}
_VNNI = {"avx512_vnni", "avx_vnni"}
_WHOLE = {"avx2", *_VNNI}


def checked(backend: str) -> Backend:
    """The backend of this name. Raises ValueError, naming those there are, if there is none."""
    for name in get_args(Backend):
        if name == backend:
            return cast("Backend", name)
    names = ", ".join(get_args(Backend))
    raise ValueError(f"the embedding backend must be one of {names}; got {backend!r}")


@cache
def encoder_of(backend: Backend, *, many: bool, most: int | None = None) -> Encoder:
    """The packaged model, run by a backend, for many texts at a time or for one.

    `most` is how many cores ONNX Runtime may use; torch is told by its own settings. One for all
    who ask the same: it is never altered, and reading and checking the weights takes a while.
    """
    chosen = fastest() if backend == "auto" else backend
    if chosen == "torch":
        from index.torch_encoder import TorchEncoder

        return TorchEncoder(str(packaged_model()))
    from index.onnx_encoder import OnnxEncoder

    return OnnxEncoder("float32" if chosen == "onnx" else "int8", many=many, most=most)


def fastest() -> Backend:
    """The backend that reads documents fastest on this machine, see tests/benchmarks/backends.py.

    torch on a GPU and where the CPU multiplies tiles of bfloat16 (AMX); else ONNX Runtime, in whole
    numbers where the CPU multiplies many at a time. That is 1.4 times as fast as torch in bfloat16
    on a CPU with AVX-512 for both.
    """
    flags = _cpu_flags()
    if flags and not Path("/dev/nvidiactl").exists():
        # Known without loading torch, which takes seconds.
        return fastest_on(flags)
    import torch

    return "torch" if torch.cuda.is_available() else fastest_on(flags)


def fastest_on(flags: Collection[str]) -> Backend:
    """The backend that reads documents fastest on a CPU with these flags and no GPU."""
    if _TILES.intersection(flags):
        return "torch"
    return "onnx-int8" if _WHOLE.intersection(flags) else "onnx"


def _cpu_flags() -> set[str]:
    """What the CPU can do, in Linux's words; empty where it is not known."""
    file = Path("/proc/cpuinfo")
    if os.name != "posix" or not file.is_file():
        return set()
    lines = file.read_text("utf-8", errors="replace").splitlines()
    return set(next((line.split() for line in lines if line.startswith("flags")), []))
