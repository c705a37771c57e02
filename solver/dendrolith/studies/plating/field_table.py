"""The fields of plating: what the state holds, and what is derived from it for files."""

from __future__ import annotations

from dendrolith.fields.table import DG0, DG1, Field

# In the order in which their functions are made.
STATE = (
    Field("xi", "ξ", "1", "lithium order parameter", evolves=True, restarts=True),
    Field("rho", "ρ", "1", "solid/pore order parameter", evolves=True, restarts=True),
    Field(
        "phi",
        "φ",
        "V",
        "potentials relative to the collector",
        components=2,
        evolves=True,
        restarts=True,
    ),
    Field("c_old", "c", "1", "concentration at the last accepted step"),
    Field("u", "u", "m", "displacement", components=0, evolves=True, restarts=True),
    Field("xi_stressed", "ξ", "1", "lithium for which u was solved", evolves=True, restarts=True),
    Field("rho_stressed", "ρ", "1", "pores for which u was solved", evolves=True, restarts=True),
    Field("pressure", "P_m", "Pa", "hydrostatic pressure, positive in compression"),
    Field("xi_initial", "ξ_0", "1", "lithium at the start of the run", restarts=True),
    Field("zeta", "ζ", "1/(m^1.5 s^0.5)", "white noise of the step"),
    Field("potential_free_rate", "r", "1/s", "part of the rate without potentials", evolves=True),
    Field("rate", "r", "1/s", "rate of lithium in the last step", evolves=True, restarts=True),
    Field("relaxation", "R_AC", "1/s", "its part without potentials", evolves=True, restarts=True),
    Field("xi_middle", "ξ*", "1", "lithium at the middle of the step"),
    Field("access", "a", "1", "ionic access"),
    Field("open_part", "ψ", "1", "1 in cells that lithium may fill, else 0", element=DG0),
)

# Of optional laws, by the section of the input.
OWNED = {
    "damage": (
        Field("d", "d", "1", "damage, 0 sound and 1 broken", evolves=True, restarts=True),
        Field("opens", "opens", "1", "volume grows", element=DG1, evolves=True, restarts=True),
    ),
    "grains": (Field("boundary", "b", "1", "boundaries of grains, 1 on them"),),
    "films": (Field("film", "b_f", "1", "films in cracks, 1 on them"),),
    "local_lithium": (
        Field(
            "counter_fraction", "x", "1", "of the counter electrode", evolves=True, restarts=True
        ),
        Field("counter_current", "j", "A/m^2", "last out of a place", evolves=True, restarts=True),
    ),
    "cracks": (
        Field("capacity", "φ_c", "1", "part that lithium fills", evolves=True, restarts=True),
    ),
    "lithium_pressure": (
        Field("lithium_pressure", "p", "Pa", "of lithium in cracks", evolves=True, restarts=True),
        Field("in_openings", "w", "1", "lithium beyond ξ", evolves=True, restarts=True),
        Field("segment", "k", "1", "number of the segment", evolves=True, restarts=True),
        Field("fitting", "ξ_f", "1", "lithium that fits its crack", restarts=True),
        Field("front_density", "|∇ξ|", "1/m", "area of fronts over volume"),
        Field("plates_in_opening", "1 − A", "1", "part of i that w takes up"),
        Field("opening_current", "i", "A/m^3", "into openings", evolves=True, restarts=True),
        Field("strips_opening", "s", "1", "part of i that w gives", evolves=True, restarts=True),
    ),
}

FIELDS = {
    field.name: field
    for field in (
        Field("xi", "ξ", "1", "lithium order parameter"),
        Field("rho", "ρ", "1", "solid/pore order parameter"),
        Field("label", "ξ+ρ", "1", "2 lithium, 1 electrolyte, 0 filled pore, -1 pore"),
        Field("phi_ion", "φ_ion", "V", "ionic potential"),
        Field("phi_el", "φ_el", "V", "electronic potential"),
        Field("c_ion", "c", "1", "Li+ over its reference concentration"),
        Field("pressure", "P_m", "Pa", "hydrostatic pressure, positive in compression"),
        Field("von_mises", "σ_vM", "Pa", "von Mises stress"),
        Field("u", "u", "m", "displacement"),
        Field("contact_product", "q", "C/m^2", "charge taken up by the counter electrode"),
        OWNED["damage"][0],
        OWNED["grains"][0],
        OWNED["films"][0],
        OWNED["cracks"][0],
        *(
            owned
            for owned in OWNED["lithium_pressure"]
            if owned.name in ("lithium_pressure", "in_openings", "fitting")
        ),
    )
}
