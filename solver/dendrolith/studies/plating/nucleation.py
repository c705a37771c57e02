"""Nuclei of lithium in the electrolyte: where they form, one after another, and when they have."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc
from scipy.spatial import cKDTree

from dendrolith.core import compat
from dendrolith.core.checkpoint_data import CheckpointData
from dendrolith.core.parallel import gather_everywhere, global_sums
from dendrolith.domain.periodic import shortest, wrapped
from dendrolith.fields.bind import in_numbers
from dendrolith.fields.connected import HALF
from dendrolith.observables.nodal import metal
from dendrolith.physics.lithium_metal import CLOSED_TO_LITHIUM
from dendrolith.physics.nucleation import DEFECTS, Nucleation
from dendrolith.schemes.block import Block
from dendrolith.schemes.report import Report
from dendrolith.shapes.shape import filled_profile
from dendrolith.studies.plating.laws import Laws

FloatArray = npt.NDArray[np.float64]

FORMED = 0.95  # of the lithium of a nucleus: then it has a surface
NO_PART = 1e-3  # of ξ* that belongs to no nucleus
# What differs by less is alike, so that no round-off says where a nucleus forms.
ALIKE, SAME_PLACE = 1e-6, 1e-6  # of η [V], and of coordinates over δ
DEFECT = 0.5  # of b, of d, and of 1 − |ρ|: a site


class Nuclei(Block):
    """Chooses sites at the begin of a step, by the η of the last one.

    The lowest η comes first, of equal ones the first along x, y and z. Two nuclei lie 2R + 2δ apart
    or more, and R + δ off lithium.

    Args:
        laws: of the cell; the last of `laws.forming` is filled here.
        chosen: parameters, not bound.
        radius: R [m].
        volume: of each node [m³, in 2-D m²].
        periods: (3,) length after which the cell continues along each axis, 0 where it ends [m].

    Attributes:
        lowest: η of the last step at the sites, the lowest; nan where there is no site [V].
    """

    name = "nucleation"

    def __init__(
        self,
        laws: Laws,
        chosen: Nucleation,
        radius: float,
        volume: PETSc.Vec,
        periods: FloatArray,
    ) -> None:
        f, space = laws.f, laws.f.scalar_space
        self._f, self._chosen, self._radius, self._periods = f, chosen, radius, periods
        self._target = laws.forming[-1][0]
        lithium = in_numbers(laws.lithium)
        self._delta, self._threshold = lithium.interface_width, lithium.metal_threshold
        self._volume, self._comm = volume.array.copy(), space.mesh.comm
        self._x = space.tabulate_dof_coordinates()
        self._eta = fem.Function(space)
        eta = laws.off_rest(f.phi)
        self._overpotential = fem.Expression(eta, compat.interpolation_points(space))
        self._defects = [f.state[name] for name in ("boundary", "film", "d") if name in f.state]
        self._centres: list[list[float]] = []
        self._forming: list[int] = []  # numbers of those that have not formed
        self._accepted: tuple[list[list[float]], list[int]] = ([], [])
        self.lowest = float("nan")

    @property
    def count(self) -> int:
        """How many have begun to form."""
        return len(self._centres)

    def advance(self, dt: float) -> Report:
        """Let go of what has formed, and begin where η asks for it."""
        self._forming = [n for n in self._forming if not self._has_formed(n)]
        self._begin()
        self._fill_target()
        return Report()

    def _has_formed(self, number: int) -> bool:
        """Its disc holds nearly the lithium of a nucleus, where it has access (collective)."""
        owned = len(self._volume)
        target, room = self._profile(number)[:owned], self._volume * self._f.access.x.array[:owned]
        there, wanted = (
            metal(values, self._threshold) * (target > NO_PART) @ room
            for values in (self._f.xi.x.array[:owned], target)
        )
        held = global_sums(self._comm, np.array([there, wanted]))
        return bool(held[0] >= FORMED * held[1])

    def _begin(self) -> None:
        """New nuclei at the sites of the lowest η, as many as have room (collective)."""
        owned, xi = len(self._volume), self._f.xi.x.array
        compat.interpolate(self._eta, self._overpotential)
        eta, sites = self._eta.x.array[:owned], self._sites()
        driven = sites & (eta < -self._chosen.overpotential)
        own = np.column_stack([eta[driven], self._x[:owned][driven]])
        parts = gather_everywhere(
            self._comm, (float(np.min(eta, initial=np.inf, where=sites)), own)
        )
        lowest = min(low for low, _ in parts)
        self.lowest = lowest if np.isfinite(lowest) else float("nan")
        candidates = np.concatenate([found for _, found in parts])
        if not len(candidates):
            return
        lithium = self._x[:owned][xi[:owned] > HALF]
        metal_nodes = np.concatenate(gather_everywhere(self._comm, lithium))
        if len(metal_nodes):
            tree = cKDTree(wrapped(metal_nodes, self._periods), boxsize=self._periods)
            distance, _ = tree.query(wrapped(candidates[:, 1:], self._periods))
            candidates = candidates[distance > self._radius + self._delta]
        steps = np.array([ALIKE, *(3 * [SAME_PLACE * self._delta])])
        order = np.lexsort(np.round(candidates / steps).T[::-1])
        for _, *place in candidates[order].tolist():
            if self._has_room(place):
                self._forming.append(len(self._centres))
                self._centres.append(place)

    def _sites(self) -> npt.NDArray[np.bool_]:
        """(n_owned,) nodes at which a nucleus may form."""
        owned, f = len(self._volume), self._f
        free = (f.xi.x.array[:owned] < self._threshold) & (
            f.access.x.array[:owned] > CLOSED_TO_LITHIUM
        )
        if self._chosen.sites != DEFECTS:
            return np.asarray(free)
        defect = np.abs(f.rho.x.array[:owned]) < DEFECT
        for field in self._defects:
            defect |= field.x.array[:owned] > DEFECT
        return np.asarray(free & defect)

    def _has_room(self, place: list[float]) -> bool:
        apart = 2 * (self._radius + self._delta)
        return all(self._away(np.array(centre), place) > apart for centre in self._centres)

    def _profile(self, number: int) -> FloatArray:
        """(n_local,) ξ* of a nucleus."""
        distance = self._away(self._x, self._centres[number]) - self._radius
        return filled_profile(distance, self._delta)

    def _away(self, x: FloatArray, place: list[float]) -> FloatArray:
        """(...,) distances of points (..., 3) from a place, across joined sides too [m]."""
        distance: FloatArray = np.linalg.norm(shortest(x - place, self._periods), axis=-1)
        return distance

    def _fill_target(self) -> None:
        target = self._target.x.array
        target[:] = 0.0
        for number in self._forming:
            np.maximum(target, self._profile(number), out=target)
        target[target < NO_PART] = 0.0
        self._target.x.scatter_forward()

    def accept(self) -> None:
        """Nuclei that have begun go on."""
        self._accepted = (list(self._centres), list(self._forming))

    def reject(self) -> None:
        """Those of the last accepted step."""
        self._centres, self._forming = (list(part) for part in self._accepted)  # type: ignore[assignment]
        self._fill_target()

    def save(self) -> CheckpointData:
        """Where they lie, and which have not formed."""
        return CheckpointData(numbers={"centres": self._centres, "forming": self._forming})

    def restore(self, data: CheckpointData) -> None:
        """Take them back."""
        self._centres = [list(place) for place in data.numbers["centres"]]
        self._forming = list(data.numbers["forming"])
        self.accept()
        self._fill_target()
