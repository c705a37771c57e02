"""The values of declared fields, present and at the last accepted step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import basix.ufl
import numpy as np
import numpy.typing as npt
from dolfinx import fem, mesh

from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.fields.table import DG0, DG1, P1, QUADRATURE, Field

FloatArray = npt.NDArray[np.float64]

QUADRATURE_DEGREE = 2  # of quadrature fields: that of the measure dx


class State:
    """Functions on a mesh by the names of their fields; `accept` and `reject` move between steps.

    Args:
        domain: the mesh.
        fields: declarations; functions are made in their order.

    Attributes:
        domain: as given.
        fields: declarations by name.
        scalar_space: P1.
    """

    def __init__(self, domain: mesh.Mesh, fields: Iterable[Field]) -> None:
        self.domain, self.fields = domain, {field.name: field for field in fields}
        self.scalar_space = fem.functionspace(domain, ("Lagrange", 1))
        self._spaces = {(P1, 1): self.scalar_space}
        self._functions = {
            name: fem.Function(self.space(field), name=name) for name, field in self.fields.items()
        }
        self._accepted = {
            name: self[name].x.array.copy() for name, field in self.fields.items() if field.evolves
        }

    def __getitem__(self, name: str) -> fem.Function:
        """The present values of a field."""
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        """Names of the fields."""
        return iter(self._functions)

    def space(self, field: Field) -> fem.FunctionSpace:
        """Function space of a field; fields of one element and shape share it."""
        components = field.components or self.domain.geometry.dim
        kind = (field.element, components)
        if kind not in self._spaces:
            self._spaces[kind] = fem.functionspace(self.domain, _element(self.domain, *kind))
        return self._spaces[kind]

    def accept(self) -> None:
        """Make the present values those that a failed step returns to."""
        for name, accepted in self._accepted.items():
            accepted[:] = self[name].x.array

    def changed(self) -> list[str]:
        """Fields that evolve and are no longer what was accepted, on this rank."""
        return [
            name
            for name, accepted in self._accepted.items()
            if not np.array_equal(self[name].x.array, accepted, equal_nan=True)
        ]

    def reject(self) -> None:
        """Return the fields that evolve, ghosts included, to the last accepted step."""
        for name, accepted in self._accepted.items():
            self[name].x.array[:] = accepted

    def set_accepted(self, name: str, value: float) -> None:
        """Make a constant the present and the last accepted value of a field that evolves."""
        self._accepted[name][:] = value
        self[name].x.array[:] = value

    def save(self) -> CheckpointData:
        """The fields that survive a restart."""
        data = CheckpointData()
        for name, field in self.fields.items():
            if field.restarts and field.element == P1:
                data.nodal[name] = owned_values(self[name])
            elif field.restarts:
                data.cellwise[name] = cell_values(self[name])
        return data

    def restore(self, data: CheckpointData) -> None:
        """Take the fields back and accept them (collective)."""
        for name, field in self.fields.items():
            if field.restarts and field.element == P1:
                set_owned_values(self[name], data.nodal[name])
            elif field.restarts:
                set_cell_values(self[name], data.cellwise[name])
        self.accept()


def _element(domain: mesh.Mesh, element: str, components: int) -> object:
    """What `functionspace` makes a space of."""
    shape = () if components == 1 else (components,)
    if element == P1:
        return ("Lagrange", 1, shape)
    if element in (DG0, DG1):
        return ("DG", int(element == DG1), shape)
    if element == QUADRATURE:
        cell = domain.basix_cell()
        return basix.ufl.quadrature_element(cell, value_shape=shape, degree=QUADRATURE_DEGREE)
    raise ValueError(f"{element} is no element of a field: use {P1}, {DG0}, {DG1} or {QUADRATURE}")


def owned_values(function: fem.Function) -> FloatArray:
    """(n_owned_nodes, components) copy of the nodal values of this rank."""
    dofmap = function.function_space.dofmap
    size = dofmap.index_map_bs
    owned: FloatArray = function.x.array[: dofmap.index_map.size_local * size]
    return owned.reshape(-1, size).copy()


def set_owned_values(function: fem.Function, values: FloatArray) -> None:
    """Set the nodal values of all ranks, each its own; ghosts follow (collective)."""
    function.x.array[: values.size] = values.reshape(-1)
    function.x.scatter_forward()


def _cell_entries(function: fem.Function) -> npt.NDArray[np.int64]:
    """(n_owned_cells, values a cell) places in the array of a discontinuous function."""
    space = function.function_space
    topology, size = space.mesh.topology, space.dofmap.index_map_bs
    dofs = space.dofmap.list[: topology.index_map(topology.dim).size_local].astype(np.int64)
    places: npt.NDArray[np.int64] = dofs[:, :, None] * size + np.arange(size)
    return places.reshape(len(dofs), -1)


def cell_values(function: fem.Function) -> FloatArray:
    """(n_owned_cells, values a cell) copy of the values in the cells of this rank."""
    values: FloatArray = function.x.array[_cell_entries(function)]
    return values


def set_cell_values(function: fem.Function, values: FloatArray) -> None:
    """Set the values in the cells of all ranks, each its own; ghosts follow (collective)."""
    function.x.array[_cell_entries(function)] = values
    function.x.scatter_forward()
