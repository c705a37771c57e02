"""Fields in VTX format (ADIOS2 BP4): opens in ParaView, also while the run goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from dolfinx import fem, io

from dendrolith.core.errors import OutputFailed
from dendrolith.core.profile import timed
from dendrolith.fields.state import CONCENTRATION, ELECTRONIC, IONIC
from dendrolith.results.segments import SegmentIndex, segment_name
from dendrolith.studies.plating.cell import Cell


class FieldOutput:
    """Writes the scalar fields to ``fields/cell.bp``, the displacement to ``fields/u.bp``.

    Two files, because a VTX file holds one element. Where sides are joined, the fields are copied
    to the box as it is drawn, with both copies of a joined node.

    Args:
        folder: where the files go.
        cell: the cell.
        stresses: nodal stress fields by name, kept up to date by their owner.

    Attributes:
        scalars: the nodal fields by name, as last written.
    """

    def __init__(self, folder: Path, cell: Cell, stresses: Mapping[str, fem.Function]) -> None:
        self._cell, self._folder = cell, folder
        self._written = -1.0
        self._writers: list[io.VTXWriter] = []
        state, comm = cell.state, cell.cell_mesh.comm
        space = state.scalar_space
        names = ["label", "phi_el", "phi_ion", *(["c_ion"] if state.binary else [])]
        self._derived = {name: fem.Function(space, name=name) for name in names}
        self._copies: list[tuple[fem.Function, fem.Function]] = []
        sources = {"xi": state.xi, "rho": state.rho, **self._derived, **stresses}
        self.scalars = {name: self._on_box(source) for name, source in sources.items()}
        self._files = {"cell": list(self.scalars.values())}
        if cell.mechanics is not None:
            self._files["u"] = [self._on_box(state.u)]
        self._index = SegmentIndex(comm, folder)

    def _on_box(self, source: fem.Function) -> fem.Function:
        """The function itself, or one on the unjoined box that follows it."""
        cell_mesh, space = self._cell.cell_mesh, source.function_space
        if cell_mesh.mesh is cell_mesh.drawn:
            return source
        size = space.dofmap.index_map_bs
        shape = () if size == 1 else (size,)
        copy = fem.Function(
            fem.functionspace(cell_mesh.drawn, ("Lagrange", 1, shape)), name=source.name
        )
        self._copies.append((source, copy))
        return copy

    def update(self) -> None:
        """Bring the derived fields and the copies up to date with the state."""
        state, voltage = self._cell.state, float(self._cell.cell_voltage.value)
        self._derived["label"].x.array[:] = state.xi.x.array + state.rho.x.array
        self._derived["phi_el"].x.array[:] = state.component(ELECTRONIC) - voltage
        self._derived["phi_ion"].x.array[:] = state.component(IONIC) - voltage
        if state.binary:
            self._derived["c_ion"].x.array[:] = state.component(CONCENTRATION)
        for source, copy in self._copies:
            size = source.function_space.dofmap.index_map_bs
            # joined mesh and box have the same cells in the same order
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
            number, comm = self._index.begin(), self._cell.cell_mesh.comm
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
            reason = str(error).strip().splitlines()[-1].lstrip(" :")
            raise OutputFailed(
                f"{self._folder}: fields cannot be written: {reason}",
                alone=self._cell.cell_mesh.comm.size > 1,
            ) from None

    def close(self, time: float) -> None:
        """Write the last state, of `time` [s], if it is not there yet, and close the files."""
        self.write(time, last_state=True)
        for writer in self._writers:
            writer.close()

    def abandon(self) -> None:
        """Close the files as they are, where no more can be written (collective)."""
        for writer in self._writers:
            with contextlib.suppress(RuntimeError):
                writer.close()
