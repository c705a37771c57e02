"""Fields in VTX format (ADIOS2 BP4): opens in ParaView, also while the run goes on."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

from dolfinx import fem, io
from mpi4py import MPI

from dendrolith.core.errors import OutputFailed
from dendrolith.core.profile import timed
from dendrolith.fields.output import FieldFile, Layout
from dendrolith.results.segments import SegmentIndex, segment_name


class FieldOutput:
    """Writes fields to ``fields/<file>.bp``; a VTX file holds one element.

    Where sides are joined, the fields are copied to the cells as they are drawn, with both copies
    of a joined node.

    Args:
        comm: communicator of the run.
        folder: where the files go.
        files: what is written.
        layout: the cells as they are drawn.

    Attributes:
        scalars: the fields of the first file by name, as last written.
    """

    def __init__(
        self, comm: MPI.Comm, folder: Path, files: Sequence[FieldFile], layout: Layout
    ) -> None:
        self._comm, self._folder, self._layout = comm, folder, layout
        self._sources, self._written = files, -1.0
        self._writers: list[io.VTXWriter] = []
        self._copies: list[tuple[fem.Function, fem.Function]] = []
        self._files = {file.name: [self._drawn(f) for f in file.functions] for file in files}
        self.scalars = {f.name: f for file in files[:1] for f in self._files[file.name]}
        self._index = SegmentIndex(comm, folder)

    def _drawn(self, source: fem.Function) -> fem.Function:
        """The function itself, or one on the cells as they are drawn that follows it."""
        mesh, space = self._layout.drawn, source.function_space
        if mesh is None:
            return source
        size = space.dofmap.index_map_bs
        shape = () if size == 1 else (size,)
        copy = fem.Function(fem.functionspace(mesh, ("Lagrange", 1, shape)), name=source.name)
        self._copies.append((source, copy))
        return copy

    def update(self) -> None:
        """Bring derived fields and copies up to date with the state."""
        for file in self._sources:
            file.update()
        for source, copy in self._copies:
            size = source.function_space.dofmap.index_map_bs
            # the joined mesh and that which is drawn have the same cells in the same order
            there, here = copy.function_space.dofmap.list, source.function_space.dofmap.list
            copy.x.array.reshape(-1, size)[there] = source.x.array.reshape(-1, size)[here]

    def go_on(self, time: float) -> None:
        """Begin a new segment after `time` [s]; what earlier ones hold beyond it is void."""
        self._index.cut(time)
        self._written = self._index.last_time

    def write(self, time: float, *, last_state: bool = False) -> None:
        """Write all fields at `time` [s], once (collective)."""
        if time == self._written:
            return
        if not self._writers:
            number, comm = self._index.begin(), self._comm
            self._writers = [
                io.VTXWriter(comm, self._folder / segment_name(name, number), functions, "BP4")
                for name, functions in self._files.items()
            ]
        self._written = time
        with timed("fields"):
            self.update()
            for writer in self._writers:
                self._write(writer, time)
            self._index.add(time, last_state=last_state)

    def _write(self, writer: io.VTXWriter, time: float) -> None:
        """Write one file; what fails may fail on this rank alone."""
        try:
            writer.write(time)
        except RuntimeError as error:
            raise self._failed(error) from None

    def _failed(self, error: RuntimeError) -> OutputFailed:
        reason = str(error).strip().splitlines()[-1].lstrip(" :")
        why = f"{self._folder}: fields cannot be written: {reason}"
        return OutputFailed(why, alone=self._comm.size > 1)

    def close(self, time: float) -> None:
        """Write the last state, of `time` [s], if it is not there yet, and close the files."""
        self.write(time, last_state=True)
        for writer in self._writers:
            try:
                writer.close()
            except RuntimeError as error:
                raise self._failed(error) from None

    def abandon(self) -> None:
        """Close the files as they are, where no more can be written (collective)."""
        for writer in self._writers:
            try:
                writer.close()
            except RuntimeError:
                # never freed: its destructor closes it again and, failing, ends the process
                stuck = ctypes.py_object(writer._cpp_object)
                ctypes.pythonapi.Py_IncRef(stuck)
