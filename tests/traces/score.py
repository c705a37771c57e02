"""Judge a set of synthetic traces: table of confusion and reliability of the confidence.

python -m tests.traces.score [synthetic_set | circuit_set]
"""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Iterable

import numpy as np

from dendrolith.traces.segments import segments_of
from dendrolith.traces.shorts.classification import Verdict
from dendrolith.traces.shorts.measured import judge
from tests.traces.circuit_set import CLASSES, Trace

EDGES = (0.0, 0.5, 0.7, 0.8, 0.9, 1.01)
Scored = list[tuple[Trace, Verdict]]


def judged(traces: Iterable[Trace]) -> Scored:
    """Each trace with its verdict."""
    return [(t, judge(*segments_of(t.time, t.voltage, t.current))) for t in traces]


def confusion(scored: Scored) -> np.ndarray:
    """(3, 3) counts, a row for each true class."""
    table = np.zeros((3, 3), dtype=int)
    for trace, verdict in scored:
        table[CLASSES.index(trace.truth), CLASSES.index(verdict.label)] += 1
    return table


def sure_and_wrong(scored: Scored) -> tuple[int, int]:
    """Verdicts with a confidence of 0.9 and more, and how many of them are wrong."""
    sure = [(t, v) for t, v in scored if v.confidence >= 0.9]
    return len(sure), sum(t.truth != v.label for t, v in sure)


def printed(scored: Scored) -> str:
    """Both tables, and the names of what is wrong."""
    lines = ["truth \\ verdict  " + "".join(f"{name:>6}" for name in CLASSES)]
    for name, row in zip(CLASSES, confusion(scored), strict=True):
        share = row[CLASSES.index(name)] / max(row.sum(), 1)
        lines.append(f"{name:<17}" + "".join(f"{n:6d}" for n in row) + f"   {100 * share:.0f} %")
    lines.append("confidence       verdicts  mean  right")
    for low, high in itertools.pairwise(EDGES):
        some = [(v.confidence, t.truth == v.label) for t, v in scored if low <= v.confidence < high]
        if some:
            mean, right = np.mean(some, axis=0)
            lines.append(
                f"{low:.1f} - {min(high, 1):.1f} {len(some):16d}  {mean:.2f}   {right:.2f}"
            )
    wrong = [f"{t.name} {v.label} {v.confidence}" for t, v in scored if t.truth != v.label]
    return "\n".join([*lines, f"wrong: {len(wrong)}", *(f"  {line}" for line in wrong)])


def main() -> None:
    """Score the set that is named."""
    name = sys.argv[1] if len(sys.argv) > 1 else "synthetic_set"
    print(printed(judged(importlib.import_module(f"tests.traces.{name}").traces())))


if __name__ == "__main__":
    main()
