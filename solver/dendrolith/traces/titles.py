"""What the title of a column says: time, current, voltage, state of the cell, or nothing."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dendrolith.config.units import UnitError, to_si
from dendrolith.control.stages import CURRENT, VOLTAGE
from dendrolith.core.errors import ConfigError

TIME, STATE, STEP_TIME, DATE = "time", "state", "time of a step", "date"
PRESSURE = "pressure"
UNITS = {TIME: ("s",), CURRENT: ("A", "A/m^2", "A/kg"), VOLTAGE: ("V",), PRESSURE: ("Pa", "N")}
# How sure a title is: a leakage by its name; a name; the name of one of several; the unit alone.
LEAKAGE, NAMED, SECOND, UNIT = 4, 3, 2, 1
# Names without their units, small letters, words joined by underscores; the first that fits counts.
NAMES: tuple[tuple[str, int, str], ...] = (
    (STEP_TIME, NAMED, r"(step|stage|segment|rel(ative)?)_?time|t_step|step|schrittdauer"),
    (STEP_TIME, NAMED, r".*工步时间"),
    (DATE, NAMED, r"(abs(olute)?|system|real|dpt|sys)_?time|date(_?and)?_?(time)?|time_?stamp"),
    (DATE, NAMED, r"datum(_uhrzeit)?|(epoch|unix|posix)(_?time.*)?|.*(日期|绝对时间|系统时间)"),
    (TIME, NAMED, r"(test|total|run|elapsed|running|cumulative|prog(ram)?|test_?run)_?time"),
    (TIME, NAMED, r"time_elapsed|test|programmdauer|testzeit|gesamtzeit|laufzeit"),
    (TIME, NAMED, r".*(总时间|测试时间)"),
    (TIME, SECOND, r"time|t|corrected_time|zeit|temps|durée(_écoulée)?|tiempo|tempo|.*时间"),
    (TIME, SECOND, r"(経過)?時間|время|시간|경과시간"),
    (STATE, NAMED, r"state|md|mode|step_?(type|state|name)|status|zustand|type|command"),
    (STATE, NAMED, r".*(工步类型|状态)"),
    (CURRENT, NAMED, r"current|i|j|im|amps|amperes?|current_density|strom|stromdichte|courant"),
    (CURRENT, NAMED, r"intensité|corriente|corrente|stroom|電流(密度)?|ток|전류"),
    (CURRENT, NAMED, r"i_?(avg|mean|meas|cell|load)|.*电流(密度)?"),
    (CURRENT, NAMED, r"(total|cell|applied|measured|working|we_1)_current"),
    (VOLTAGE, NAMED, r"ecell|ewe_ece|(cell_)?(voltage|potential|volts?|u|v|e)|[uve]_?cell"),
    (VOLTAGE, NAMED, r"(full|battery|terminal|measured)_?(cell_)?voltage|we_1_potential|.*电压"),
    (VOLTAGE, NAMED, r"spannung|zellspannung|klemmenspannung|vf|[uv]_batt?"),
    (VOLTAGE, NAMED, r"tension(_cellule)?|tensión|tensione|voltaje|spanning|電圧|напряжение|전압"),
    (VOLTAGE, NAMED, r"working_electrode(_(potential|voltage))?"),
    (PRESSURE, NAMED, r"((stack|cell|stapel)_?)?(pressure|druck)(_(change|rise))?|.*压力"),
    (PRESSURE, NAMED, r"((stack|cell|compressive)_?)?(force|load)|load_cell|kraft"),
    (PRESSURE, SECOND, r"(delta_?)?p|dp|δp"),
    (VOLTAGE, SECOND, r"(e|u|v|ewe|potential|voltage)_(vs|versus)_.*|ewe|e_we"),
)
LEAKAGES = {"leakage", "leakage_current"}
# How units are spelt elsewhere.
SPELT = {
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "秒": "s",
    "volt": "V",
    "volts": "V",
    "amp": "A",
    "amps": "A",
    "ampere": "A",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "std": "h",
    "msec": "ms",
    "v": "V",
    "a": "A",
    "ma": "mA",
    "ua": "uA",
    "na": "nA",
    "mv": "mV",
    "uv": "uV",
    "min": "min",
    "с": "s",
    "ч": "h",
    "мин": "min",
    "в": "V",
    "мв": "mV",
    "а": "A",
    "ма": "mA",
    "мка": "uA",
    "minute": "min",
    "minutes": "min",
    "days": "d",
}
# Units beside those of a trace, in a line of units.
OTHER_UNITS = {
    "#",
    "units",
    "unit",
    "einheit",
    "-",
    "bits",
    "ah",
    "mah",
    "wh",
    "mwh",
    "w",
    "ohm",
    "deg c",
    "°c",
    "c",
    "1",
    "%",
    "hz",
    "khz",
    "kohm",
    "mohm",
    "ohm cm2",
    "ohm cm^2",
    "ohm m^2",
    "deg",
    "°",
}
OF_SPECTRA = {"hz", "khz", "ohm", "kohm"}  # no name is spelt so
TEMPERATURES = {"°c", "℃", "c", "degc", "deg c", "deg. c", "celsius", "k", "kelvin"}
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
CLOCK_TITLE = re.compile(r"((hours )?in )?(d+[ :.]*)?h+:m\w*:s\w*(\.\w+)?")
_UNIT_AT_END = re.compile(r"(.*?)\s*(?:\[([^\]]*)\]|\(([^()]*)\))\s*")
_UNIT_BEHIND_SLASH = re.compile(r"(.*?)\s*/\s*([^/ ]+(?:/[^/ ]+)?(?: [^/ ]+)*)")
# voltage_V, current_uA_cm2, voltage_in_V; Time, s; E:V
_UNIT_AS_LAST_WORD = re.compile(r"(.*\w)[_ ]([^_ ]+)")
_UNIT_AS_LAST_WORDS = re.compile(r"(.*?\w)[_ ]([^_ ]+[_ ](?:per[_ ])?[^_ ]+)")
_UNIT_BEHIND_SIGN = re.compile(r"(.*\w)\s*[,:;]\s*(\S+)")
PLACE = re.compile(r" \(column \d+\)$")  # of a title that stands there before
_REFERENCE = re.compile(r"\s*(?:\b(?:vs|versus|against|gegen)\b\.?.*|\(?Li\s*/\s*Li\+\)?)$", re.I)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file.

    Attributes:
        title: as in the file; its number where there is no header, its place behind one that stands
            there before.
        name: the title without its unit.
        kind: what it is; empty if the title does not say.
        sure: how sure that is, `LEAKAGE` … `UNIT`; 0 for no kind.
        factor, unit: to SI, and the SI unit; empty if the file does not say.
    """

    title: str
    name: str
    kind: str
    sure: int
    factor: float
    unit: str


def surest(columns: Iterable[Column]) -> list[Column]:
    """Those whose titles are the surest."""
    found = list(columns)
    best = max((column.sure for column in found), default=0)
    return [column for column in found if column.sure == best]


def parts_of(title: str) -> tuple[str, str]:
    """Name and unit of a title: in brackets at its end, or behind a slash."""
    match = _UNIT_AT_END.fullmatch(title)
    if match:
        return match[1], (match[2] or match[3] or "").strip()
    for spelling in (_UNIT_AS_LAST_WORDS, _UNIT_AS_LAST_WORD, _UNIT_BEHIND_SIGN):
        match = spelling.fullmatch(title)
        if match:
            name, unit = re.sub(r"[_ ]in$", "", match[1]), re.sub(r"[_ ](per[_ ])?", "/", match[2])
            if _kinds_of(unit) and _named(plain(name), {})[0]:
                return name, unit
    match = _UNIT_BEHIND_SLASH.fullmatch(title)
    if match and _kinds_of(match[2]):
        return match[1], match[2]
    return (match[1], match[2]) if match and not _named(plain(title), {})[0] else (title, "")


def plain(title: str) -> str:
    """Small letters and digits, all else one underscore; camel case is two words."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", title)
    return re.sub(r"[\W_]+", "_", spaced.casefold()).strip("_")


def is_row_of_units(cells: list[str]) -> bool:
    """Units of what a trace may hold, and beside them nothing but brackets and signs."""
    bare = [cell.strip("[]()") for cell in cells]
    units = [bool(text) and bool(_kinds_of(text)) for text in bare]
    others = [c for c, unit in zip(cells, units, strict=True) if c and not unit]
    known = any(units) or any(cell.casefold() in OF_SPECTRA for cell in bare)
    return known and all(c[0] in "[(" or c.casefold() in OTHER_UNITS for c in others)


def is_known(title: str) -> bool:
    """Does a title say what its column is, by its name or its unit?"""
    name, unit = parts_of(title)
    return bool(_named(plain(name), {})[0] or _kinds_of(unit))


def names_its_unit(column: Column) -> bool:
    """Has a column a unit, or a name that is one, as Volts, Amps and Cell V?"""
    return bool(column.unit) or column.kind in _kinds_of(plain(column.name).split("_")[-1])


def column_of(path: Path, title: str, signals: Mapping[str, str]) -> Column:
    """What a title says.

    Args:
        path: the file, for the message.
        title: of the column.
        signals: further names → what they are, `CURRENT` (a leakage) or `VOLTAGE`.

    Raises:
        ConfigError: a column that is a time, current or voltage by name has another unit.
    """
    name, unit = parts_of(PLACE.sub("", title))
    unit = _REFERENCE.sub("", unit).strip()
    kind, sure = _named(plain(name), signals)
    found = _kinds_of(unit) if unit else {}
    if kind == STEP_TIME and plain(name) == "step" and TIME not in found:
        kind, sure = "", 0  # its number
    of_unit = TIME if kind in (STEP_TIME, DATE) else kind
    if kind == PRESSURE and unit and kind not in found:
        kind, sure = "", 0  # a power, say
    if len(plain(name)) == 1 and kind not in found and unit.casefold() in OTHER_UNITS:
        kind, sure = "", 0  # E in Wh is an energy
    if kind in (TIME, CURRENT, VOLTAGE) and unit and kind not in found:
        if sure < NAMED and (kind != TIME or unit.casefold() in TEMPERATURES):
            return Column(title, name, "", 0, 1.0, "")
        raise ConfigError(
            f"{path}: column {title}: '{unit}' is not a unit of {kind}: write it like "
            f"{' or '.join(UNITS[kind])}, with a prefix if you like"
        )
    if not kind and found:
        kind, sure = next(iter(found)), UNIT
        of_unit = kind
    return Column(title, name, kind, sure, *found.get(of_unit, (1.0, "")))


def _named(name: str, signals: Mapping[str, str]) -> tuple[str, int]:
    """Kind of a name and how sure it is."""
    if name in LEAKAGES or signals.get(name) == CURRENT:
        return CURRENT, LEAKAGE
    if name in signals:
        return signals[name], NAMED
    for kind, sure, pattern in NAMES:
        if re.fullmatch(pattern, name):
            return kind, sure
    return "", 0


def _kinds_of(unit: str) -> dict[str, tuple[float, str]]:
    """Kind → factor to SI and SI unit, of all kinds that a unit fits."""
    found = {}
    for kind, targets in UNITS.items():
        fit = fit_unit(unit, targets)
        if fit is not None:
            found[kind] = fit
    return found


@functools.lru_cache(maxsize=256)
def fit_unit(unit: str, targets: tuple[str, ...]) -> tuple[float, str] | None:
    """The first of the SI units that `unit` fits, and the factor to it."""
    bare = _REFERENCE.sub("", re.sub(r"[${}]", "", unit).strip().rstrip("."))
    spelt = "/".join(SPELT.get(part.casefold(), part) for part in bare.split("/"))
    if "s" in targets and CLOCK_TITLE.fullmatch(spelt.casefold()):
        spelt = "s"  # what is written as h:mm:ss is read in seconds
    spelt = spelt.translate(RAISED).replace("**", "^")
    spelt = re.sub(r"(?<=[A-Za-z])\.(?=[A-Za-z])", " ", spelt)  # mA.cm-2
    written = re.sub(r"(?<=[A-Za-z])(-?\d)", r"^\1", spelt)  # cm-2, cm2
    for target in targets:
        try:
            return to_si(f"1 {written}", target), target
        except UnitError:
            continue
    return None
