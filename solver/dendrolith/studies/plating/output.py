"""What a plating cell writes: derived fields, field files, and what probes read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.fields.output import FieldFile
from dendrolith.observables.probes import Source
from dendrolith.studies.plating.fields import CONCENTRATION, ELECTRONIC, IONIC, PlatingFields
from dendrolith.studies.plating.nodal_stress import UNITS

POTENTIALS = {"phi_el": ELECTRONIC, "phi_ion": IONIC}


@dataclass(slots=True)
class DerivedFields:
    """Fields of the output that are not those of the state.

    Potentials are relative to the counter electrode, as in all tables.

    Attributes:
        f: fields of the state.
        voltage: V of the cell [V].
        functions: by name.
    """

    f: PlatingFields
    voltage: fem.Constant
    functions: dict[str, fem.Function]

    @classmethod
    def of(cls, f: PlatingFields, voltage: fem.Constant) -> DerivedFields:
        """Those of a cell with this cell voltage."""
        names = ["label", *POTENTIALS, *("c_ion" for _ in f.concentrations)]
        functions = {name: fem.Function(f.scalar_space, name=name) for name in names}
        return cls(f, voltage, functions)

    def potential(self, kind: int) -> npt.NDArray[np.float64]:
        """(n_local,) a potential relative to the counter electrode [V]."""
        relative: npt.NDArray[np.float64] = self.f.component(kind) - float(self.voltage.value)
        return relative

    def update(self) -> None:
        """Bring them up to date with the state."""
        self.functions["label"].x.array[:] = self.f.xi.x.array + self.f.rho.x.array
        for name, kind in POTENTIALS.items():
            self.functions[name].x.array[:] = self.potential(kind)
        for kind in self.f.concentrations:
            self.functions["c_ion"].x.array[:] = self.f.component(kind)


def field_files(
    derived: DerivedFields,
    stresses: Mapping[str, fem.Function],
    others: Sequence[fem.Function],
    *,
    stressed: bool,
) -> list[FieldFile]:
    """Scalar fields in one file, the displacement, where there is one, in another."""
    f = derived.f
    scalars = (f.xi, f.rho, *derived.functions.values(), *stresses.values(), *others)
    files = [FieldFile("cell", scalars, derived.update)]
    return [*files, FieldFile("u", (f.u,))] if stressed else files


def probe_sources(
    derived: DerivedFields, stresses: Mapping[str, fem.Function]
) -> dict[str, Source]:
    """Nodal values of this rank by column of a probe."""
    f = derived.f
    sources: dict[str, Source] = {
        "xi [1]": lambda: f.xi.x.array,
        "rho [1]": lambda: f.rho.x.array,
        "phi_el [V]": lambda: derived.potential(ELECTRONIC),
        "phi_ion [V]": lambda: derived.potential(IONIC),
    }
    for _ in f.concentrations:
        sources["c_ion [1]"] = lambda: f.component(CONCENTRATION)
    for name, field in stresses.items():
        sources[f"{name} [{UNITS[name]}]"] = lambda field=field: field.x.array  # type: ignore[misc]
    return sources
