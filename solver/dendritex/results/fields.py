"""Fields in VTX format (ADIOS2 BP4): opens in ParaView, also while the run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dolfinx import fem, io

from dendritex.model.cell import Cell
from dendritex.model.state import CONCENTRATION, ELECTRONIC, IONIC


class FieldOutput:
    """Writes the scalar fields to ``fields/cell.bp``, the displacement to ``fields/u.bp``.

    Two files, because a VTX file holds one element.

    Args:
        folder: where the files go.
        cell: the cell.
        stresses: nodal stress fields by name, kept up to date by their owner.

    Attributes:
        scalars: the nodal fields by name, as last written.
    """

    def __init__(self, folder: Path, cell: Cell, stresses: Mapping[str, fem.Function]) -> None:
        self._cell = cell
        self._written = -1.0
        state, comm = cell.state, cell.cell_mesh.comm
        space = state.scalar_space
        names = ["label", "phi_el", "phi_ion", *(["c_ion"] if state.binary else [])]
        self._derived = {name: fem.Function(space, name=name) for name in names}
        self.scalars = {"xi": state.xi, "rho": state.rho, **self._derived, **stresses}
        self._writers = [io.VTXWriter(comm, folder / "cell.bp", list(self.scalars.values()), "BP4")]
        if cell.mechanics is not None:
            self._writers.append(io.VTXWriter(comm, folder / "u.bp", [state.u], "BP4"))

    def update(self) -> None:
        """Bring the derived fields up to date with the state."""
        state, voltage = self._cell.state, float(self._cell.cell_voltage.value)
        self._derived["label"].x.array[:] = state.xi.x.array + state.rho.x.array
        self._derived["phi_el"].x.array[:] = state.component(ELECTRONIC) - voltage
        self._derived["phi_ion"].x.array[:] = state.component(IONIC) - voltage
        if state.binary:
            self._derived["c_ion"].x.array[:] = state.component(CONCENTRATION)

    def write(self, time: float) -> None:
        """Write all fields at `time` [s], once."""
        if time == self._written:
            return
        self._written = time
        self.update()
        for writer in self._writers:
            writer.write(time)

    def close(self, time: float) -> None:
        """Write the last state, of `time` [s], if it is not there yet, and close the files."""
        self.write(time)
        for writer in self._writers:
            writer.close()
