"""What is measured of a press."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dendrolith.observables.base import Observable, Row, StepView, Table
from dendrolith.studies.press.pressing import Pressing
from dendrolith.studies.press.schema import Config

FloatArray = npt.NDArray[np.float64]

BORE = Table(
    "bore",
    ("time [s]", "from [m]", "to [m]", "gap [m]", "wall_pressure [Pa]", "pellet_apart [m]"),
)
DENSITY = Table("density", ("time [s]", "r [m]", "z [m]", "density [1]"))


class Readings(Observable):
    """Pressure, pellet and bore in every step; the bore and the density at output times.

    Args:
        config: the input.
        press: what is pressed.
    """

    columns = (
        "rod_pressure [Pa]",
        "rod_closing [m]",
        "pellet_height [m]",
        "pellet_density [1]",
        "least_density [1]",
        "largest_density [1]",
        "bore_displacement [m]",
        "bore_strain [1]",
        "wall_pressure [Pa]",
        "beyond_critical [1]",
        "penetration [m]",
        "face_beyond_rod [1]",
        "ring_rise [m]",
    )
    tables = (BORE, DENSITY)

    def __init__(self, config: Config, press: Pressing) -> None:
        self._law, self._press, self._radius = config.law, press, config.radius

    def _density(self) -> FloatArray:
        """D of the points of the powder."""
        return self._law.density(self._press.solid.points["powder"].plastic_volume)

    def _bore(self) -> FloatArray:
        """(n, 2) places of the nodes of the bore [m]."""
        contact, u = self._press.contact, self._press.solid.u.x.array
        return contact.places(u)[contact.bore]

    def __call__(self, view: StepView) -> tuple[float, ...]:
        """The present values."""
        press, D = self._press, self._density()
        points, u = press.solid.points, press.solid.u.x.array
        contact = press.contact
        return (
            press.pressure,
            press.closing,
            press.height,
            float(np.average(D, weights=press.solid.volumes("powder"))),
            float(D.min()),
            float(D.max()),
            float(self._bore()[:, 0].max() - self._radius),
            float(points["tube"].history.max()),
            contact.mean_pressure(u),
            float(points["powder"].history.max()),
            float(np.abs(contact.gaps(u)[contact.touching]).max(initial=0.0)),
            *press.beyond,
        )

    def rows(self, view: StepView) -> Mapping[str, Sequence[Row]]:
        """New rows at an output time."""
        if not view.milestone:
            return {}
        press, bore = self._press, self._bore()
        z, gap = bore[:, 1], bore[:, 0] - self._radius
        means = (gap[1:] + gap[:-1]) / 2
        middle, u = (z[1:] + z[:-1]) / 2, press.solid.u.x.array
        pressure, apart = press.contact.pressure_at(u, middle), press.contact.apart_at(u, middle)
        centres = press.solid.centres("powder")
        D = press.solid.by_cell("powder", self._density())
        return {
            BORE.name: [
                (
                    view.time,
                    float(a - press.rod),
                    float(b - press.rod),
                    float(g),
                    float(p),
                    float(d),
                )
                for a, b, g, p, d in zip(z, z[1:], means, pressure, apart, strict=False)
            ],
            DENSITY.name: [
                (view.time, float(r), float(h), float(d))
                for (r, h), d in zip(centres, D, strict=True)
            ],
        }
