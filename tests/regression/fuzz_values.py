"""Values for a key that its declaration suggests: fine ones, at the bounds, extreme and broken."""

from __future__ import annotations

import dataclasses
import math
import typing

from hypothesis import strategies as st

from dendrolith.config.keys import keys_of
from dendrolith.config.units import to_si
from dendrolith.core.declare import DIMENSIONLESS, declaration_of
from dendrolith.solvers import petsc_options
from dendrolith.studies.plating.schema import Config

# for each SI unit a usual magnitude, and other spellings with how many of them are one
UNITS: dict[str, tuple[float, tuple[tuple[str, float], ...]]] = {
    "m": (1e-5, (("um", 1e6), ("nm", 1e9), ("mm", 1e3))),
    "s": (1.0, (("ms", 1e3), ("h", 1 / 3600))),
    "V": (0.1, (("mV", 1e3),)),
    "K": (300.0, (("kelvin", 1.0),)),
    "Pa": (1e6, (("MPa", 1e-6), ("bar", 1e-5), ("J/m^3", 1.0))),
    "A/m^2": (10.0, (("mA/cm^2", 0.1), ("A m^-2", 1.0))),
    "C/m^2": (1e4, (("C/cm^2", 1e-4), ("mA h/cm^2", 1e-4 / 3.6))),
    "S/m": (1.0, (("mS/cm", 10.0), ("1/(Ohm m)", 1.0))),
    "Ohm m^2": (1e-5, (("Ohm cm^2", 1e4),)),
    "J/mol": (3e4, (("kJ/mol", 1e-3),)),
    "J/m^2": (0.5, (("N/m", 1.0),)),
    "m^2/s": (1e-12, (("cm^2/s", 1e4),)),
    "m^3/mol": (1e-6, (("cm^3/mol", 1e6),)),
    "mol/m^3": (1e3, (("mol/l", 1e-3),)),
    "m^5/(J s)": (1e-18, (("m^5/J/s", 1.0),)),
    "F/m^2": (0.1, (("uF/cm^2", 100.0),)),
    "Hz": (1e3, (("kHz", 1e-3),)),
    "Pa/m": (1e11, (("MPa/um", 1e-12),)),
    "S": (1e-9, (("nS", 1e9),)),
    "rad": (0.5, (("deg", 180 / math.pi),)),
}
GARBAGE = [
    "", "~", "[]", "{}", "[1, 2]", "{a: 1}", "nan", ".nan", "-.inf", "inf um", "1e400 m", "0x10",
    "1_000", "'1 um'", '"1 um"', "1 um um", "1 furlong", "1 m^-99", "1 m^99", "1 dm", "1 um/0",
    "1 m^(1/2)", "1,5 um", "1 um # more", "9" * 30, "0." + "0" * 70 + "1 m", "1 degF",
    "- 1", "? x", "!!float 1", "&a 1", "*a", "'", '"\\UFFFFFFFF"', '"\\0"', "|", ">-", "%", "@",
    "µm", "1 µm", "1 Ω m^2", "true", "no", "null", "blocked", "1 dB", "1 ppm", "1 %", "1 count",
]  # fmt: skip


class Key(typing.NamedTuple):
    """A key that an input may have, or a section; a list is entered at its first entry."""

    path: tuple[str | int, ...]
    kind: typing.Any
    field: dataclasses.Field[typing.Any]


def declared(kind: typing.Any = Config, at: tuple[str | int, ...] = ()) -> typing.Iterator[Key]:
    """All keys and sections of a declaration, outermost first."""
    for key in keys_of(kind):
        path = (*at, key.name, 0) if key.listed else (*at, key.name)
        yield Key(path, key.kind, key.field)
        if key.is_section:
            yield from declared(key.kind, path)


KEYS = list(declared())


def number(value: float, unit: str, draw: st.DrawFn) -> str:
    """A value as the input writes it, in one of the spellings of its unit."""
    if unit == DIMENSIONLESS:
        return f"{value:.15g}"
    name, factor = draw(st.sampled_from([(unit, 1.0), *UNITS[unit][1]]))
    return f"{value * factor:.15g} {name}"


def present(key: Key, text: object) -> float:
    """What the input says now, else the default, else what is usual [SI]."""
    declaration = declaration_of(key.field)
    if isinstance(text, str):
        try:
            return (
                float(text) if declaration.unit == DIMENSIONLESS else to_si(text, declaration.unit)
            )
        except ValueError:
            pass
    if isinstance(key.field.default, float) and key.field.default:
        return key.field.default
    return 0.3 if declaration.unit == DIMENSIONLESS else UNITS[declaration.unit][0]


def tame(draw: st.DrawFn, key: Key, text: object = None) -> str:
    """A value that is fine by itself."""
    declaration = declaration_of(key.field)
    if declaration.choices:
        return draw(st.sampled_from(declaration.choices))
    if key.kind is bool:
        return draw(st.sampled_from(["true", "false", "True", "FALSE"]))
    if key.kind is int:
        return draw(st.sampled_from(["1", "2", "3", "4", "6", "0x5", "12", "100"]))
    if key.kind is str:
        return draw(st.sampled_from(["A run", "µ and Ω"]) if key.path == ("title",) else options())
    value = present(key, text) * draw(st.sampled_from([1.0, 0.5, 0.8, 0.97, 1.03, 1.25, 2.0, 0.1]))
    return number(value, declaration.unit, draw)


def at_bounds(draw: st.DrawFn, key: Key) -> str:
    """Exactly at a bound, next to it, and zero."""
    declaration = declaration_of(key.field)
    bounds = [declaration.above, declaration.at_least, declaration.below, declaration.at_most]
    bound = draw(st.sampled_from([0.0, *(b for b in bounds if b is not None)]))
    if key.kind is not float:
        return str(int(bound) + draw(st.integers(-1, 1)))
    bound = draw(st.sampled_from([bound, math.nextafter(bound, -9e9), math.nextafter(bound, 9e9)]))
    return f"{bound!r} {'' if declaration.unit == DIMENSIONLESS else declaration.unit}"


def extreme(draw: st.DrawFn, key: Key) -> str:
    """Any magnitude that a number of the machine has, and some that none has."""
    if key.kind is not float:
        return str(draw(st.integers(-(2**70), 2**70) | st.sampled_from([2**31 - 1, 2**63 - 1])))
    unit = declaration_of(key.field).unit
    sign, digits = draw(st.sampled_from([""] * 7 + ["-"])), draw(st.integers(1, 99)) / 10
    power = draw(st.integers(-31, 31) | st.integers(-16, 16) | st.integers(-330, 310))
    return f"{sign}{digits}e{power} {'' if unit == DIMENSIONLESS else unit}"


def broken(draw: st.DrawFn, key: Key) -> str:
    """Nothing that belongs there, mostly."""
    unit = draw(st.sampled_from([*UNITS, ""]))
    return draw(st.sampled_from([*GARBAGE, f"1 {unit}", f"-1 {unit}"]) | st.text(max_size=20))


@st.composite
def options(draw: st.DrawFn) -> str:
    """PETSc options that the input may give, with values that fit or not."""
    words = [(n, v) for n, values in petsc_options._WORDS.items() for v in values.split()]
    numbers = ["0", "1", "-1", "1e-6", "1e300", "99999999999", "2.5", "true", "HMIS", "x"]
    tuned = ["ksp_rtol", "ksp_atol", "ksp_max_it", "ksp_gmres_restart", "pc_factor_levels",
             "pc_hypre_boomeramg_strong_threshold", "pc_gamg_threshold", "pc_sor_omega",
             "pc_mg_levels", "mat_mumps_icntl_14", "snes_max_it"]  # fmt: skip
    text = []
    for _ in range(draw(st.integers(1, 3))):
        prefix = draw(st.sampled_from(petsc_options.PREFIXES))
        prefix += draw(st.sampled_from(["", "", "fieldsplit_0_", "mg_levels_", "sub_"]))
        name, value = draw(
            st.sampled_from(words) | st.tuples(st.sampled_from(tuned), st.sampled_from(numbers))
        )
        text.append(f"-{prefix}{name} {value}")
    return " ".join(text)
