"""How lithium that touches no electrode moves: it plates on one side and strips on the other.

    M = ∫ c_Li m(ξ),  X = ∫ c_Li m x / M,  U = ∫ (x − X) i / (F M)

M  lithium of a piece [mol, in 2-D mol/m]      X  its centre of mass [m]
i  reaction current [A/m³]                     U  velocity of the centre of mass [m/s]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.core.constants import FARADAY
from dendrolith.core.parallel import largest_of_each
from dendrolith.fields.connected import Pieces
from dendrolith.observables.base import Observable, StepView
from dendrolith.observables.piece_listings import MoreColumns, centres
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.observables.nodal_lithium import NodalLithium
from dendrolith.studies.plating.pieces import StepPieces
from dendrolith.studies.plating.schema import Geometry

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Motion:
    """Of connected metal, in a step.

    Attributes:
        lithium: (n,) M [mol, in 2-D mol/m].
        centre, velocity: (n, 3) X [m] and U [m/s].
        plating, stripping: (n,) currents, both positive [A, in 2-D A/m].
    """

    lithium: FloatArray
    centre: FloatArray
    velocity: FloatArray
    plating: FloatArray
    stripping: FloatArray

    @property
    def polarity(self) -> FloatArray:
        """(n,) what passes through over what reacts, positive for a move along x [1]."""
        gross = self.plating + self.stripping
        both = 2 * np.minimum(self.plating, self.stripping)
        share = np.divide(both, gross, out=np.zeros_like(gross), where=gross > 0)
        polarity: FloatArray = np.copysign(share, self.velocity[:, 0])
        return polarity


class Migration(Observable):
    """Centre of mass, velocity and polarity of all isolated lithium; of each piece in pieces.csv.

    A piece is connected metal, m(ξ) > 0. Polarity is 1 where as much plates on the side of the
    counter electrode as strips on the other, −1 the other way round, 0 where only one of both
    happens. Without isolated lithium all are nan, and so is the centre along a periodic axis that a
    piece lies evenly all around.
    """

    columns = (
        "isolated_centre_x [m]",
        "isolated_centre_y [m]",
        "isolated_velocity_x [m/s]",
        "isolated_velocity_y [m/s]",
        "isolated_polarity [1]",
    )

    def __init__(self, laws: Laws, pieces: StepPieces, geometry: Geometry) -> None:
        self._f, self._pieces, self._geometry = laws.f, pieces, geometry
        self._finder = pieces.finder
        self._lithium = NodalLithium(laws, self._finder.volume)
        points = laws.f.scalar_space.tabulate_dof_coordinates()
        self._points: FloatArray = points[: self._finder.owned]

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """Means by mass over the isolated pieces."""
        motion, pieces = self.motion(view), self._pieces.now()[self._finder.metal]
        isolated = ~pieces.left & ~pieces.right
        mass = motion.lithium[isolated]
        if not mass.sum() > 0:
            return (math.nan,) * len(self.columns)
        of_each = (*motion.centre.T[:2], *motion.velocity.T[:2], motion.polarity)
        return tuple(float(mass @ values[isolated] / mass.sum()) for values in of_each)

    def motion(self, view: StepView) -> Motion:
        """Of each piece of metal in the step just taken (collective)."""
        finder = self._finder
        pieces = self._pieces.now()[finder.metal]
        lithium, current = self._lithium(view.dt)
        near, place = self._near(pieces)
        sums = finder.sums(
            pieces,
            np.column_stack(
                [
                    lithium,
                    np.maximum(current, 0.0),
                    np.maximum(-current, 0.0),
                    lithium[:, None] * place,
                    current[:, None] * place,
                ]
            ),
        )
        amount, plating, stripping = sums.T[:3]
        offset = sums[:, 3:6] / amount[:, None]
        drift = sums[:, 6:] - (plating - stripping)[:, None] * offset
        velocity = drift / (FARADAY * amount[:, None])
        return Motion(amount, near + offset, velocity, plating, stripping)

    def _near(self, pieces: Pieces) -> tuple[FloatArray, FloatArray]:
        """(n_pieces, 3) a point in the middle of each, and (n_owned, 3) nodes as seen from it.

        What lies evenly all around an axis has no middle there: nan, and nodes as they are.
        """
        near = centres(self._finder, pieces, self._points, self._geometry.periods)
        known = np.vstack([np.nan_to_num(near), np.zeros(3)])
        origin = known[pieces.label[: self._finder.owned]]
        place = self._points - origin
        for axis in self._geometry.joined_axes:
            place[:, axis] = self._geometry.apart(place[:, axis], axis)
        return near, place

    @property
    def of_pieces(self) -> MoreColumns:
        """For pieces.csv: what the metal around each piece does."""
        current = "A/m" if self._geometry.dim == 2 else "A"
        names = (
            *(f"velocity_{axis} [m/s]" for axis in "xyz"),
            f"plating_current [{current}]",
            f"stripping_current [{current}]",
            "polarity [1]",
        )
        return MoreColumns(names, self._at_pieces)

    def _at_pieces(self, view: StepView, inner: Pieces) -> FloatArray:
        """(n, 6) values for pieces that lie within those of metal (collective)."""
        motion, owned = self.motion(view), self._finder.owned
        around: FloatArray = np.full(inner.count, -1.0)
        label = inner.label[:owned]
        metal_label = self._pieces.now()[self._finder.metal].label[:owned]
        within = label >= 0
        np.maximum.at(around, label[within], metal_label[within])
        around = largest_of_each(self._f.state.domain.comm, around)
        values = np.column_stack(
            [motion.velocity, motion.plating, motion.stripping, motion.polarity]
        )
        found: FloatArray = values[around.astype(int)]
        return found
