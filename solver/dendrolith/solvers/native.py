"""C sources of the package: compiled at first use, kept beside the compiled forms."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import cffi
from dolfinx import jit
from mpi4py import MPI

from dendrolith.core.parallel import on_root

OPTIONS = ["-O3", "-fno-math-errno"]  # no more: results are those of IEEE arithmetic


def native(comm: MPI.Comm, source: Path, declarations: str) -> Any:
    """The module of a C source, with attributes ``ffi`` and ``lib`` (collective).

    Args:
        comm: communicator; one rank compiles.
        source: of C.
        declarations: of what it offers, as cffi takes them.
    """
    code = source.read_text(encoding="utf-8")
    known = hashlib.sha256("\0".join((code, declarations, *OPTIONS)).encode()).hexdigest()
    name = f"{source.stem}_{known[:16]}"
    library = Path(jit.get_options()["cache_dir"]) / (name + EXTENSION_SUFFIXES[0])
    on_root(comm, lambda: _compile(name, code, declarations, library))
    spec = importlib.util.spec_from_file_location(name, library)
    if spec is None or spec.loader is None:
        raise ImportError(f"{library} is no module: remove it, it is compiled again")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _compile(name: str, code: str, declarations: str, library: Path) -> None:
    """Make the library, unless it is there: whole or not at all, whoever else does the same."""
    if library.exists():
        return
    library.parent.mkdir(parents=True, exist_ok=True)
    maker = cffi.FFI()
    maker.cdef(declarations)
    maker.set_source(name, code, extra_compile_args=OPTIONS)
    folder = tempfile.mkdtemp(dir=library.parent)
    try:
        os.replace(maker.compile(tmpdir=folder), library)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
