"""Name, symbol and unit of every field, declared once for files, plots and tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """Metadata of one field."""

    name: str
    symbol: str
    unit: str
    meaning: str


FIELDS = {
    spec.name: spec
    for spec in (
        FieldSpec("xi", "ξ", "1", "lithium order parameter"),
        FieldSpec("rho", "ρ", "1", "solid/pore order parameter"),
        FieldSpec("label", "ξ+ρ", "1", "2 lithium, 1 electrolyte, 0 filled pore, -1 pore"),
        FieldSpec("phi_ion", "φ_ion", "V", "ionic potential"),
        FieldSpec("phi_el", "φ_el", "V", "electronic potential"),
        FieldSpec("c_ion", "c", "1", "Li+ over its reference concentration"),
        FieldSpec("pressure", "P_m", "Pa", "hydrostatic pressure, positive in compression"),
        FieldSpec("von_mises", "σ_vM", "Pa", "von Mises stress"),
        FieldSpec("u", "u", "m", "displacement"),
    )
}
