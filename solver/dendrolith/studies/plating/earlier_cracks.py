"""Cracks of an earlier run and the lithium in them: d, φ_c, w and the lithium that fits its crack.

Each is carried by the section that owns it. The lithium of a node, φ_c m(ξ), is what is turned; φ_c
is that over m(ξ) of the new node. Where d was 1 over a cell, whole cells of this mesh are broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from dolfinx import fem, la, mesh

from dendrolith.core.errors import ConfigError
from dendrolith.core.parallel import on_root
from dendrolith.core.sections import present
from dendrolith.domain.extents import beyond
from dendrolith.domain.stored_field import read_nodal
from dendrolith.fields.bind import in_numbers
from dendrolith.observables.nodal import metal
from dendrolith.physics.crack_access import Cracks
from dendrolith.shapes.earlier import EarlierLithium, turned
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.schema import Config

FloatArray = npt.NDArray[np.float64]

LITHIUM, DAMAGE, CAPACITY, OPENING, FITTING = "xi", "d", "capacity", "in_openings", "fitting"
# By the section of the input that owns them.
CARRIED = {"damage": (DAMAGE,), "cracks": (CAPACITY,), "lithium_pressure": (OPENING, FITTING)}
# Lithium that an input without the section would lose: its field, and how much of it there is.
LOST = {"cracks": CAPACITY, "lithium_pressure": OPENING}
BROKEN = 0.99  # d in the middle of a cell all of whose corners are broken, h ≤ 33ℓ


def read_earlier(path: Path, config: Config) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Points (m, 3) [m] and the (m,) values of the fields that this input takes over, by name.

    Raises:
        ConfigError: the file cannot be used, lacks a field that a section of the input needs, or
            holds lithium of a section that the input does not have.
    """
    needed = {LITHIUM: ""}
    for section, names in CARRIED.items():
        if getattr(config, section) is not None:
            cure = f"run it with that section, or leave {section} out"
            needed |= {name: f"the section {section} goes on from it: {cure}" for name in names}
    lost = {name: s for s, name in LOST.items() if getattr(config, s) is None}
    points, values = read_nodal(path, needed, tuple(lost))
    for name, section in lost.items():
        if name in values and _holds(values[LITHIUM], **{name: values.pop(name)}):
            cure = f"add the section {section}, or {name} of its lithium is lost"
            raise ConfigError(f"{path}: holds lithium in cracks: {cure}")
    return points, values


def _holds(
    xi: FloatArray, capacity: FloatArray | None = None, in_openings: FloatArray | None = None
) -> bool:
    """Whether lithium in cracks is there."""
    partly = capacity is not None and bool(((capacity < 1) & (xi > 0.5)).any())
    return partly or (in_openings is not None and bool((in_openings > 0).any()))


def take_cracks(laws: Laws, config: Config) -> None:
    """Put cracks of an earlier run, and what they hold, into the fields (collective).

    Lithium is there already.

    Raises:
        ConfigError: the file cannot be used, on all ranks.
    """
    for chosen in present(config, EarlierLithium):
        comm = laws.f.state.domain.comm
        points, values = on_root(comm, lambda at=chosen: read_earlier(Path(at.file), config))  # type: ignore[misc]
        there = _Turned(laws, config, chosen, points)
        for broken in laws.damages:
            _break(broken.d, there, values[DAMAGE])
            broken.carried.append(broken.d.x.array.copy())
        threshold = in_numbers(laws.lithium).metal_threshold
        for capacity, law in zip(laws.capacities, present(config, Cracks), strict=True):
            held = values[CAPACITY] * metal(values[LITHIUM], threshold)
            _fill(capacity, there.nodal(held), metal(laws.f.xi.x.array, threshold), law)
        for openings in laws.openings:
            opening = there.nodal(values[OPENING], values[FITTING])
            openings.volume.x.array[:], fitting = opening.T
            openings.fitting.x.array[:] = _fits(laws.f.xi.x.array, there, values, fitting)


class _Turned:
    """Values of the earlier cell at points of this one, and 0 in its foil."""

    def __init__(
        self, laws: Laws, config: Config, chosen: EarlierLithium, points: FloatArray
    ) -> None:
        self._chosen, self._points, self._foil = chosen, points, config.geometry.lithium_thickness
        self._middle = middle_of(config)
        self._x = laws.f.scalar_space.tabulate_dof_coordinates().T

    def nodal(self, *fields: FloatArray) -> FloatArray:
        """(n_local, k) values of k fields at the nodes; of one field (n_local,)."""
        return self.at(self._x, *fields)

    def at(self, x: FloatArray, *fields: FloatArray) -> FloatArray:
        """(n, k) values of k fields at points (3, n); of one field (n,)."""
        found = turned(self._chosen, self._points, np.stack(fields, axis=1), self._middle, x)
        found[~beyond(x[0], self._foil)] = 0.0
        return found[:, 0] if len(fields) == 1 else found


def middle_of(config: Config) -> tuple[float, float]:
    """Middle of the electrolyte [m]."""
    box = config.geometry
    return box.lithium_thickness + box.electrolyte_thickness / 2, box.height / 2


def _break(d: fem.Function, there: _Turned, damage: FloatArray) -> None:
    """Damage of the earlier run, at least; cells are broken whole (collective)."""
    np.maximum(d.x.array, there.nodal(damage), out=d.x.array)
    domain, space = d.function_space.mesh, d.function_space
    cells = domain.topology.index_map(domain.topology.dim)
    every = np.arange(cells.size_local + cells.num_ghosts, dtype=np.int32)
    middles = mesh.compute_midpoints(domain, domain.topology.dim, every)
    corners = space.dofmap.list[every[there.at(middles.T, damage) >= BROKEN]]
    broken = fem.Function(space)
    broken.x.array[corners.ravel()] = 1.0
    broken.x.scatter_reverse(la.InsertMode.add)
    broken.x.scatter_forward()
    d.x.array[broken.x.array > 0] = 1.0


def _fill(capacity: fem.Function, held: FloatArray, m: FloatArray, law: Cracks) -> None:
    """φ_c of the lithium that was there: what it held over m(ξ)."""
    there = (held > 0) & (m > 0)
    found = np.divide(held, m, out=np.ones_like(held), where=there)
    capacity.x.array[there] = np.clip(found, law.least_capacity, 1.0)[there]


def _fits(
    xi: FloatArray, there: _Turned, values: Mapping[str, FloatArray], fitting: FloatArray
) -> FloatArray:
    """ξ that fits its crack: that of this cell, less what the earlier run had put into openings."""
    lithium = there.nodal(values[LITHIUM])
    found: FloatArray = np.where(xi <= lithium, np.minimum(fitting, xi), xi)
    return found
