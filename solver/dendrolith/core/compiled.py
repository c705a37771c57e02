"""The cache of compiled forms: leftovers of a compilation that died, found before they do harm.

FFCx waits for a form that somebody else seems to compile, and gives up. It cannot tell a slow
compilation from a dead one; the age of its files can.
"""

from __future__ import annotations

import logging
import os
import struct
import time as clock
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from dolfinx import jit
from mpi4py import MPI

from dendrolith.core.parallel import on_root

logger = logging.getLogger(__name__)

_ELF = struct.Struct("<40sQ10sHHH")  # in the header: place, size and number of sections
GIVEN_UP = 60.0  # s without a change of its files: nobody compiles the form any more


def prepare_cache(comm: MPI.Comm) -> None:
    """Wait for forms that are being compiled; remove what nobody will finish (collective)."""
    _, meaning = jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"]
    jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"] = (int(GIVEN_UP), meaning)
    on_root(comm, lambda: _sweep(Path(jit.get_options()["cache_dir"])))


def _sweep(folder: Path) -> None:
    for source in sorted(folder.glob("libffcx_*.c")):
        until = clock.monotonic() + GIVEN_UP
        while _is_unfinished(source):
            broken = source.with_suffix(".c.cached").exists()
            if broken or _age(source) > GIVEN_UP or clock.monotonic() > until:
                logger.warning("%s was never compiled to its end: removed", source)
                _remove(source)
                break
            clock.sleep(0.2)


def _is_unfinished(source: Path) -> bool:
    """The source is there, and no library that is ready."""
    if source.with_suffix(".c.cached").exists():
        libraries = (source.with_name(source.stem + end) for end in EXTENSION_SUFFIXES)
        return not any(_is_whole(library) for library in libraries)
    return source.exists()


def _is_whole(library: Path) -> bool:
    """There, and as long as it says: in an ELF file the table of sections comes last."""
    try:
        content = library.read_bytes()
    except OSError:
        return False
    if not content.startswith(b"\x7fELF\x02\x01"):
        return bool(content)  # not Linux on a machine of 64 bits: no more can be told
    if len(content) < _ELF.size:
        return False
    _, start, _, entry, count, _ = _ELF.unpack_from(content)
    return bool(len(content) >= start + entry * count)


def _age(source: Path) -> float:
    """Time since one of the files of the form changed last [s]."""
    changes = []
    for path in source.parent.glob(f"{source.stem}*"):
        try:
            changes.append(path.stat().st_mtime)
        except OSError:  # gone: the compiler tidies up
            return 0.0
    return clock.time() - max(changes, default=clock.time())


def _remove(source: Path) -> None:
    for path in source.parent.glob(f"{source.stem}*"):
        try:
            os.unlink(path)
        except OSError as error:
            logger.warning("%s: %s", path, error.strerror or error)
