"""One measurement in the layouts of many cyclers and their programs, ten and more of each vendor.

Li|Li, ±0.5 mA, 60 mV, six half-cycles of 40 samples with rests of 4; every 30 s. *None* is flat,
*soft* has dips to 45 % in the third to fifth half-cycle, *hard* stays at 4 mV from the fifth on.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

SAMPLES, REST, HALVES, STEP = 40, 4, 6, 30.0
BEGAN = dt.datetime(2031, 3, 4, 23, 20)
VARIANTS = 10


@dataclass(frozen=True)
class Measurement:
    """Time [s], voltage [V], current [A], half-cycle with its rest, and whether it rests."""

    label: str
    time: np.ndarray
    voltage: np.ndarray
    current: np.ndarray
    half: np.ndarray
    rests: np.ndarray

    @property
    def step(self) -> np.ndarray:
        """Number of the step, from 1: half-cycles and rests."""
        return 1 + 2 * self.half + self.rests

    @property
    def step_time(self) -> np.ndarray:
        """Time since the begin of the step [s]."""
        first = np.r_[True, np.diff(self.step) != 0]
        return self.time - self.time[first][np.cumsum(first) - 1]

    def states(self, charge: str, discharge: str, rest: str) -> list[str]:
        """State of each sample in words."""
        return [rest if i == 0 else charge if i > 0 else discharge for i in self.current]


def measurement(label: str, seed: int) -> Measurement:
    rng = np.random.default_rng(seed)
    block = np.r_[np.ones(SAMPLES), np.zeros(REST)]
    signs = np.where(np.arange(HALVES) % 2, -1.0, 1.0)
    current = 5e-4 * np.outer(signs, block).ravel()
    factor = np.ones((HALVES, SAMPLES + REST))
    if label == "soft":
        for half, start in ((2, 10), (3, 22), (4, 15)):
            factor[half, start : start + 6] = 0.45
    if label == "hard":
        factor[4:] = 4 / 60
    voltage = 120 * current * factor.ravel() + 3e-4 * rng.normal(size=current.size)
    time = STEP * np.arange(current.size)
    return Measurement(
        label, time, voltage, current, np.repeat(np.arange(HALVES), block.size), current == 0
    )


def clock(seconds: float, form: str = "{h:02d}:{m:02d}:{s:02d}") -> str:
    whole = int(seconds)
    h, rest = divmod(whole, 3600)
    return form.format(h=h, m=rest // 60, s=rest % 60, d=h // 24, hd=h % 24)


def stamps(m: Measurement, form: str) -> list[str]:
    return [(BEGAN + dt.timedelta(seconds=float(t))).strftime(form) for t in m.time]


def number(values: Sequence[float], form: str = "{:.6f}", comma: bool = False) -> list[str]:
    cells = [form.format(x) for x in values]
    return [cell.replace(".", ",") for cell in cells] if comma else cells


def table(columns: Sequence[Sequence[str]], delimiter: str, start: str = "", end: str = "") -> str:
    rows = zip(*columns, strict=True)
    return "".join(start + delimiter.join(map(str, row)) + end + "\n" for row in rows)


def counted(m: Measurement) -> list[str]:
    return [str(1 + k) for k in range(m.time.size)]


def eclab(m: Measurement, k: int) -> bytes:
    comma, bare = k % 2 == 1, k % 5 == 4
    volt = ["Ewe/V", "Ecell/V", "<Ewe>/V", "Ewe-Ece/V", "Ewe/mV"][k % 5]
    amp = ["I/mA", "<I>/mA", "I/A", "I/uA"][k % 4]
    of_volt = 1e3 if "mV" in volt else 1.0
    of_amp = {"I/A": 1.0, "I/uA": 1e6}.get(amp, 1e3)
    names = [
        "mode",
        "ox/red",
        "error",
        "Ns",
        "time/s",
        "control/V/mA",
        volt,
        amp,
        "cycle number",
        "(Q-Qo)/mA.h",
        "I Range",
        "P/W",
    ]
    form = "{:.6E}"
    time = stamps(m, "%m/%d/%Y %H:%M:%S.000") if k >= 7 else number(m.time, form, comma)
    zero = number(0 * m.time, form, comma)
    columns = [
        ["1"] * m.time.size,
        ["1"] * m.time.size,
        ["0"] * m.time.size,
        list(map(str, m.step)),
        time,
        number(1e3 * m.current, form, comma),
        number(of_volt * m.voltage, form, comma),
        number(of_amp * m.current, form, comma),
        list(map(str, 1 + m.half // 2)),
        zero,
        ["41"] * m.time.size,
        zero,
    ]
    keep = [4, 6, 7] if bare else range(len(names))
    text = [
        "EC-Lab ASCII FILE",
        "Nb header lines : 14",
        "",
        "Galvanostatic Cycling",
        "",
        "Run on channel : 3 (SN 1234)",
        "CE vs. WE compliance from -10 V to 10 V",
        "Ewe ctrl range : min = -2,50 V, max = 2,50 V",
        "Safety Limits :",
        "\tEwe min = -5,00 V",
        "Acquisition started on : 03/04/2031 23:20:00",
        "Ns                  0                   1",
        "Is             0,500               -0,500",
        "\t".join(names[j] for j in keep) + "\t",
    ]
    body = table([columns[j] for j in keep], "\t", end="\t" if k % 3 else "")
    return ("\r\n".join(text) + "\r\n" + body.replace("\n", "\r\n")).encode("latin-1")


def gamry(m: Measurement, k: int) -> bytes:
    comma = k % 2 == 1
    head = [
        "EXPLAIN",
        "TAG\tCHRONOP",
        "TITLE\tLABEL\tChronopotentiometry\tTest &Identifier",
        "DATE\tLABEL\t3/4/2031\tDate",
        "TIME\tLABEL\t23:20:00\tTime",
        "NOTES\tNOTES\t2\t&Notes...",
        "\tcell 12, 25 C",
        "\t3 MPa",
        "AREA\tQUANT\t1.00000E+000\tSample &Area (cm^2)",
        "DELAY\tTWOPARAM\tF\t3.00000E+002\t1.00000E-001\tInit. De&lay\tTime(s)\tStab.(mV/s)",
        "ISTEP1\tQUANT\t5.00000E-004\tStep 1 Current (A)",
        "EOC\tQUANT\t0,001\tOpen Circuit (V)",
    ]
    if k % 3:
        n = 600 if k == 5 else 20  # longer than the curve
        head += [
            f"OCVCURVE\tTABLE\t{n}",
            "\tPt\tT\tVf\tVm\tAch\tOver\tTemp",
            "\t#\ts\tV vs. Ref.\tV\tV\tbits\tdeg C",
        ]
        head += [f"\t{j}\t{j}\t1.0E-004\t0E+000\t0E+000\t..........\t25.0" for j in range(n)]
        head += ["EOC\tQUANT\t1.2E-004\tOpen Circuit (V)"]
    names = ["Pt", "T", "Vf", "Im", "Vu", "Sig", "Ach", "IERange", "Over", "Temp"]
    units = ["#", "s", "V vs. Ref." if k % 4 else "V", "A", "V", "V", "V", "#", "bits", "deg C"]
    zero = number(0 * m.time, "{:.5E}", comma)
    columns = [
        counted(m),
        number(m.time, "{:.5E}", comma),
        number(m.voltage, "{:.5E}", comma),
        number(m.current, "{:.5E}", comma),
        zero,
        zero,
        zero,
        ["8"] * m.time.size,
        ["..........."] * m.time.size,
        number(25 + 0 * m.time, "{:.2f}", comma),
    ]
    count = 10 if k % 2 else 9
    head += [
        f"CURVE\tTABLE\t{m.time.size}" if k < 7 else "CURVE1\tTABLE",
        "\t" + "\t".join(names[:count]),
        "\t" + "\t".join(units[:count]),
    ]
    text = "\n".join(head) + "\n" + table(columns[:count], "\t", start="\t")
    text += "EXPERIMENTABORTED\tTOGGLE\tF\tExperiment Aborted\n" if k % 4 == 3 else ""
    return text.replace("\n", "\r\n").encode("latin-1")


def maccor(m: Measurement, k: int) -> bytes:
    signed = k % 4 == 3
    current = m.current if signed else np.abs(m.current)
    days = [clock(t, "  {d}d {hd:02d}:{m:02d}:{s:02d}.00") for t in m.time]
    thousands = [f'"{t:,.2f}"' for t in m.time]
    time = {
        0: ("Test (Sec)", number(m.time, "{:.2f}")),
        1: ("TestTime", days),
        2: ("Test (Min)", number(m.time / 60, "{:.4f}")),
        3: ("Test Time (sec)", thousands),
        4: ("Test (Hr)", number(m.time / 3600, "{:.6f}")),
    }[k % 5]
    delimiter = "," if k % 5 == 3 or k == 6 else "\t"
    step = ("Step (Sec)", number(m.step_time, "{:.2f}"))
    amp = ("Amps", number(current, "{:.7f}")) if k % 2 else ("Current (mA)", number(1e3 * current))
    volt = ("Volts", number(m.voltage)) if k % 2 else ("Voltage (V)", number(m.voltage))
    state = m.states("C", "D", "R") if k < 8 else m.states("Charge", "Discharge", "Rest")
    columns = [
        ("Rec#", counted(m)),
        ("Cyc#", list(map(str, m.half // 2))),
        ("Step", list(map(str, m.step))),
        time,
        step,
        ("Amp-hr", number(0 * m.time)),
        amp,
        volt,
        ("State", state),
        ("ES", ["1"] * m.time.size),
    ]
    if k % 2:
        columns.append(("DPt Time", stamps(m, "%m/%d/%Y %I:%M:%S %p")))
    head = (
        "Today's Date\t03/05/2031\tDate of Test:\t03/04/2031\tProcedure:\tsym.000\n"
        if k % 3
        else ""
    )
    text = head + delimiter.join(name for name, _ in columns) + "\n"
    return (text + table([c for _, c in columns], delimiter)).encode()


def neware(m: Measurement, k: int) -> bytes:
    steps = m.states("CC Chg", "CC DChg", "Rest")
    per_step = [clock(t) for t in m.step_time]
    if k in (0, 5):  # three levels, each with its own titles and width
        lines = [
            "Cycle ID,Cap_Chg(mAh),Cap_DChg(mAh)",
            ",Step ID,Step Name,Step Time,Capacity(mAh)",
            ",,Record ID,Time(h:min:s.ms),Voltage(V),Current(mA),Realtime",
        ]
        for n in range(m.time.size):
            if n == 0 or m.step[n] != m.step[n - 1]:
                if m.step[n] % 4 == 1:
                    lines.append(f"{1 + m.half[n] // 2},0.1,0.1")
                lines.append(f",{m.step[n]},{steps[n]},00:20:00,0.1")
            real = f"{stamps(m, '%Y-%m-%d %H:%M:%S')[n]}" if k else ""
            lines.append(
                f",,{n + 1},{per_step[n]}.000,{m.voltage[n]:.6f},{1e3 * m.current[n]:.3f},{real}"
            )
        return ("\n".join(lines) + "\n").encode()
    chinese = k in (3, 8)
    names = [
        "DataPoint",
        "Cycle Index",
        "Step Index",
        "Step Type",
        "Time",
        "Total Time",
        "Current(A)",
        "Voltage(V)",
        "Capacity(Ah)",
        "Date",
    ]
    if chinese:
        names = [
            "数据序号",
            "循环号",
            "工步号",
            "工步类型",
            "时间",
            "总时间",
            "电流(A)",
            "电压(V)",
            "容量(Ah)",
            "绝对时间",
        ]
        steps = m.states("恒流充电", "恒流放电", "搁置")
    unsigned = k % 4 == 2
    columns = [
        counted(m),
        list(map(str, 1 + m.half // 2)),
        list(map(str, m.step)),
        steps,
        per_step if k != 6 else number(m.step_time, "{:.1f}"),
        [clock(t) for t in m.time],
        number(np.abs(m.current) if unsigned else m.current),
        number(m.voltage),
        number(0 * m.time),
        stamps(m, "%Y-%m-%d %H:%M:%S"),
    ]
    keep = {
        1: range(10),
        2: range(9),
        4: (0, 1, 2, 3, 4, 6, 7),
        6: (0, 2, 4, 6, 7),
        7: (0, 1, 2, 3, 4, 6, 7, 9),
        9: (5, 7, 6),
    }.get(k, range(10))
    delimiter = "\t" if k == 7 else ","
    text = (
        delimiter.join(names[j] for j in keep) + "\n" + table([columns[j] for j in keep], delimiter)
    )
    return text.encode("gb18030" if chinese else "utf-8-sig" if k % 2 else "utf-8")


def arbin(m: Measurement, k: int) -> bytes:
    joint = "_" if k % 2 else " "
    unit = "({})" if k % 2 else " ({})"
    names = [
        f"Data{joint}Point",
        f"Test{joint}Time" + unit.format("s"),
        f"Date{joint}Time",
        f"Step{joint}Time" + unit.format("s"),
        f"Step{joint}Index",
        f"Cycle{joint}Index",
        "Current" + unit.format("A"),
        "Voltage" + unit.format("V"),
        f"Charge{joint}Capacity" + unit.format("Ah"),
        "dV/dt" + unit.format("V/s"),
        f"Internal{joint}Resistance" + unit.format("Ohm"),
        f"Is{joint}FC{joint}Data",
    ]
    date = ["%m/%d/%Y %H:%M:%S.000", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S"][k % 3]
    zero = number(0 * m.time)
    columns = [
        counted(m),
        number(m.time, "{:.4f}"),
        stamps(m, date),
        number(m.step_time, "{:.4f}"),
        list(map(str, m.step)),
        list(map(str, 1 + m.half // 2)),
        number(m.current, "{:.8f}"),
        number(m.voltage),
        zero,
        zero,
        zero,
        ["0"] * m.time.size,
    ]
    keep = [j for j in range(12) if not (k in (4, 8) and j == 1)]
    head = (
        "TEST REPORT\nTest Name: cell 12\nStart DateTime,03/04/2031 23:20:00\n\n"
        if k % 4 == 1
        else ""
    )
    text = head + ",".join(names[j] for j in keep) + "\n"
    text += table([columns[j] for j in keep], ",", end="," if k == 6 else "")
    return text.encode("utf-16" if k == 7 else "utf-8-sig" if k == 3 else "utf-8")


def basytec(m: Measurement, k: int) -> bytes:
    delimiter, comma = (
        ("\t", False) if k % 3 == 0 else (";", k % 3 == 1) if k % 2 else ("\t", k % 3 == 1)
    )
    head = "~Resultfile of BaSyTec Battery Test System\n~Name of Test: cell 12\n"
    head += "~Start of Test: 04.03.2031 23:20:00\n"
    time = [("~Time[h]", m.time / 3600), ("~Time[s]", m.time), ("~Time[min]", m.time / 60)][k % 3]
    names = [
        time[0],
        "DataSet",
        "DateTime",
        "t-Step[h]",
        "Line",
        "Command",
        "U[V]",
        "I[A]",
        "Ah[Ah]",
        "State",
    ]
    amp = m.current if k % 2 else 1e3 * m.current
    names[7] = "I[A]" if k % 2 else "I[mA]"
    columns = [
        number(time[1], "{:.7f}", comma),
        counted(m),
        stamps(m, "%d.%m.%Y %H:%M:%S"),
        number(m.step_time / 3600, "{:.7f}", comma),
        list(map(str, m.step)),
        m.states("Charge", "Discharge", "Pause"),
        number(m.voltage, comma=comma),
        number(amp, comma=comma),
        number(0 * m.time, comma=comma),
        ["2"] * m.time.size,
    ]
    keep = range(10) if k < 5 else [0, 1, 3, 5, 6, 7] if k < 8 else [2, 1, 3, 5, 6, 7]
    if k >= 8:
        names[2] = "~Date/Time" if k == 9 else "DateTime"
    text = (
        head
        + delimiter.join(names[j] for j in keep)
        + "\n"
        + table([columns[j] for j in keep], delimiter)
    )
    return text.replace("\n", "\r\n").encode("latin-1")


def novonix(m: Measurement, k: int) -> bytes:
    head = (
        "[Summary]\nCell ID: 7\nCapacity (Ah): 0.1\nProtocol: a,b\n[End Summary]\n" if k % 4 else ""
    )
    head += "[Protocol]\n1,Charge,0.5 mA\n2,Rest,120 s\n[End Protocol]\n" if k % 3 == 0 else ""
    unit, scale = ("h", 3600) if k % 2 else ("s", 1)
    names = [
        "Date and Time",
        "Cycle Number",
        "Step Type",
        f"Run Time ({unit})",
        f"Step Time ({unit})",
        "Current (A)",
        "Potential (V)",
        "Capacity (Ah)",
        "Temperature (°C)",
    ]
    zero = number(0 * m.time)
    columns = [
        stamps(m, "%Y-%m-%d %I:%M:%S %p"),
        list(map(str, 1 + m.half // 2)),
        list(map(str, m.rests.astype(int))),
        number(m.time / scale, "{:.7f}"),
        number(m.step_time / scale, "{:.7f}"),
        number(m.current, "{:.8f}"),
        number(m.voltage),
        zero,
        number(25 + 0 * m.time, "{:.2f}"),
    ]
    keep = [j for j in range(9) if not (k in (2, 5) and j == 3) and not (k == 6 and j == 0)]
    if k == 8:
        keep = [3, 6, 5]
    body = ",".join(names[j] for j in keep) + "\n" + table([columns[j] for j in keep], ",")
    return (head + "[Data]\n" + body).encode("latin-1" if k % 2 else "utf-8")


def landt(m: Measurement, k: int) -> bytes:
    head = "" if k % 3 else "Land CT2001A\tChannel 3_2\nName\tcell 12\n"
    names = [
        "Index",
        "TestTime",
        "StepTime",
        "I/mA",
        "Cap/mAh",
        "CmpCap/mAh/g",
        "E/V",
        "State",
        "SysTime",
    ]
    if k % 2:
        names = [
            "Record",
            "Test Time/Sec",
            "Step Time/Sec",
            "Current/uA",
            "Capacity/uAh",
            "SCapacity/mAh/g",
            "Voltage/V",
            "Mode",
            "SysTime",
        ]
    time = number(m.time, "{:.1f}") if k % 2 else [clock(t) for t in m.time]
    step = number(m.step_time, "{:.1f}") if k % 2 else [clock(t) for t in m.step_time]
    current = np.abs(m.current) if k in (4, 7) else m.current
    zero = number(0 * m.time)
    columns = [
        counted(m),
        time,
        step,
        number(current * (1e6 if k % 2 else 1e3)),
        zero,
        zero,
        number(m.voltage),
        m.states("C_CC", "D_CC", "R") if k != 7 else m.states("C", "D", "R"),
        stamps(m, "%Y/%m/%d %H:%M:%S"),
    ]
    keep = [j for j in range(9) if not (k in (5, 6) and j == 1)]
    delimiter = "," if k in (2, 3, 8) else "\t"
    return (
        head
        + delimiter.join(names[j] for j in keep)
        + "\n"
        + table([columns[j] for j in keep], delimiter)
    ).encode("gb18030")


def digatron(m: Measurement, k: int) -> bytes:
    comma, delimiter = (True, ";") if k % 2 else (False, ",")
    english = k % 3 > 0
    names = [
        "Step",
        "Status",
        "Prog Time",
        "Step Time",
        "Cycle",
        "Procedure",
        "Voltage",
        "Current",
        "AhAccu",
    ]
    if not english:
        names = [
            "Schritt",
            "Zustand",
            "Programmdauer",
            "Schrittdauer",
            "Zyklus",
            "Prozedur",
            "Spannung",
            "Strom",
            "AhAkku",
        ]
    form = "{h:02d}:{m:02d}:{s:02d}" + (",0" if comma else ".000")
    ms = k % 4 == 2
    time = number(1e3 * m.time, "{:.0f}") if ms else [clock(t, form) for t in m.time]
    step = number(1e3 * m.step_time, "{:.0f}") if ms else [clock(t, form) for t in m.step_time]
    units = ["", "", "[ms]" if ms else "", "[ms]" if ms else "", "", "", "[V]", "[A]", "[Ah]"]
    words = m.states("CHA", "DCH", "PAU") if english else m.states("LAD", "ELA", "PAU")
    columns = [
        list(map(str, m.step)),
        words,
        time,
        step,
        list(map(str, m.half // 2)),
        ["sym"] * m.time.size,
        number(m.voltage, comma=comma),
        number(m.current, "{:.7f}", comma=comma),
        number(0 * m.time, comma=comma),
    ]
    head = "Battery Manager\nCircuit;3\nTest;cell 12, 25 °C\n" if k % 5 else ""
    text = (
        head
        + delimiter.join(names)
        + "\n"
        + delimiter.join(units)
        + "\n"
        + table(columns, delimiter)
    )
    return text.encode("latin-1")


def autolab(m: Measurement, k: int) -> bytes:
    comma = k % 2 == 1
    delimiter = ";" if comma or k % 4 == 0 else "\t"
    names = ["Time (s)", "WE(1).Potential (V)", "WE(1).Current (A)", "Index", "Current range"]
    values = [m.time, m.voltage, m.current]
    if k % 3 == 1:
        names[:3] = ["Corrected time (s)", "WE(1).Potential (V)", "WE(1).Current (mA)"]
        values[2] = 1e3 * m.current
    columns = [number(x, "{:.9E}" if k < 6 else "{:.7f}", comma) for x in values]
    columns += [counted(m), ["1 mA"] * m.time.size]
    names, columns = names[: 3 + k % 3], columns[: 3 + k % 3]
    if k == 5:
        names, columns = ["Column 1", *names], [counted(m), *columns]
    if k == 8:
        names[0], names[1] = "Time/s", "Potential/V"
    return ("\ufeff" * (k % 2) + delimiter.join(names) + "\n" + table(columns, delimiter)).encode()


def chi(m: Measurement, k: int) -> bytes:
    head = [
        "Mar. 4, 2031   21:50:00",
        "Chronopotentiometry",
        "File: cell12.bin",
        "Data Source: Experiment",
        "Instrument Model:  CHI760E",
        "Header: ",
        "Note: ",
        "",
        "Cathodic Current (A) = 5e-4",
        "Anodic Current (A) = 5e-4",
        "High E Limit (V) = 5",
        "Data Storage Intvl (s) = 30",
        "",
    ]
    names = ["Time/sec", "Potential/V", "Current/A"]
    form = "{:.4e}" if k % 2 else "{:.5e}"
    columns = [number(m.time, form), number(m.voltage, form), number(m.current, form)]
    if k % 3 == 1:
        columns, names = [columns[0], columns[2], columns[1]], [names[0], names[2], names[1]]
    delimiter = ", " if k % 4 < 2 else "\t" if k % 4 == 2 else ","
    text = (
        "\n".join(head if k % 5 else head[:2])
        + "\n"
        + delimiter.join(names)
        + "\n"
        + "\n" * (k % 2)
    )
    text += table(columns, delimiter)
    return text.replace("\n", "\r\n" if k % 2 else "\n").encode()


def spreadsheet(m: Measurement, k: int) -> bytes:
    comma = k % 2 == 1
    delimiter = ";" if comma and k != 7 else ","
    quote = '"{}"'.format if k in (2, 7) else str
    volts, amps = number(m.voltage, comma=comma), number(1e3 * m.current, "{:.3f}", comma)
    times = number(m.time, "{:.1f}", comma)
    if k in (4, 5):
        times = [f"{t:,.1f}" for t in m.time]
        times = (
            [t.translate(str.maketrans(",.", ".,")) for t in times]
            if comma
            else [f'"{t}"' for t in times]
        )
    if k in (2, 3, 6):
        volts[13], volts[50] = {2: "#N/A", 3: "#DIV/0!", 6: ""}[k], ""
    columns = [list(map(quote, c)) for c in (times, volts, amps)]
    end = delimiter * {8: 3, 9: 1}.get(k, 0)
    names = ["Time (s)", "Voltage (V)", "Current (mA)"] if k % 3 else ["t [s]", "U [V]", "I [mA]"]
    head = "Cell 12 at 25 °C\n\n" if k in (1, 6) else "sep=,\n" if k == 4 else ""
    text = (
        head
        + delimiter.join(names)
        + (end if k == 8 else "")
        + "\n"
        + table(columns, delimiter, end=end)
    )
    text += {0: "Test finished\nTotal time,7890 s\n", 3: "\n\nMean;1;2\n", 5: "Ende\n"}.get(k, "")
    wide = {6: "utf-16", 8: "utf-16-le", 9: "utf-16-be"}
    return text.encode(wide.get(k, "latin-1" if k == 1 else "utf-8-sig"))


def laboratory(m: Measurement, k: int) -> bytes:
    volt = [
        "E vs Li/Li+ (V)",
        "Cell V",
        "E (V vs. Li/Li+)",
        "V vs. Ref.",
        "Cell voltage / V",
        "Voltage_V",
        "Potential (V vs Li)",
        "Vcell [mV]",
        "Ewe (V)",
        "U / V",
    ][k]
    amp = [
        "Current (mA)",
        "I",
        "J (mA/cm2)",
        "Current density (mA cm-2)",
        "I / A",
        "Current_A",
        "j [A/m^2]",
        "Icell [µA]",
        "I (mA)",
        "I / mA",
    ][k]
    scale = {0: 1e3, 2: 1e3, 3: 1e3, 6: 1e4, 7: 1e6, 8: 1e3, 9: 1e3}.get(k, 1.0)
    time = [
        ("Time (s)", number(m.time, "{:.1f}")),
        ("Elapsed time (h)", number(m.time / 3600)),
        ("Timestamp", stamps(m, "%Y-%m-%dT%H:%M:%SZ")),
        ("Time", [clock(t) for t in m.time]),
        ("time / min", number(m.time / 60)),
        ("Date", stamps(m, "%d/%m/%Y %H:%M")),
        ("Time", stamps(m, "%H:%M:%S")),
        ("t [ms]", number(1e3 * m.time)),
        ("Date/Time", stamps(m, "%Y-%m-%d %H:%M:%S.000")),
        ("Test time (days)", number(m.time / 86400, "{:.8f}")),
    ]
    columns = [time[k][1], number(m.voltage * (1e3 if k == 7 else 1)), number(scale * m.current)]
    delimiter = "\t" if k % 3 == 1 else ","
    head = "# cell 12\n# 25 C, 3 MPa\n" if k % 4 == 1 else ""
    text = head + delimiter.join([time[k][0], volt, amp]) + "\n" + table(columns, delimiter)
    return text.encode()


VENDORS: tuple[Callable[[Measurement, int], bytes], ...] = (
    eclab,
    gamry,
    maccor,
    neware,
    arbin,
    basytec,
    novonix,
    landt,
    digatron,
    autolab,
    chi,
    spreadsheet,
    laboratory,
)


def layouts() -> Iterator[tuple[str, bytes, Measurement]]:
    """Name, content and what it is made of: ten of each vendor, the classes in turn."""
    labels = itertools.cycle(("none", "soft", "hard"))
    for vendor in VENDORS:
        for k in range(VARIANTS):
            m = measurement(next(labels), k)
            yield f"{vendor.__name__}-{k}", vendor(m, k), m
