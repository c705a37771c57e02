"""What damage costs a plating cell while nothing cracks, in CPU time of a step.

    python benchmarks/cost_of_damage.py [STEPS]

The cell of `configs/damage.yaml`, 48 µm high and without its flaw. It is run without the section
`damage`, and with a toughness that nothing breaks. Steps are as long in both; those in which forms
are compiled are left out.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from dendrolith.simulation import Simulation
from dendrolith.studies.register import load

CONFIG = Path(__file__).parents[1] / "configs" / "damage.yaml"
FIRST = 10  # steps that are left out
LINES = CONFIG.read_text(encoding="utf-8").splitlines()


def seconds(lines: list[str], steps: int, *overrides: str) -> tuple[float, float]:
    """CPU time of a step [s], and the largest damage."""
    path = Path("/tmp") / f"cost_{len(lines)}.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    few = ["seed_cracks=[]", "geometry.height=48 um", f"time.max_steps={FIRST + steps}"]
    with Simulation(load(path, [*few, *overrides])) as simulation:
        simulation.start()
        for number, _ in enumerate(simulation.march, start=1):  # measures nothing by itself
            if number == FIRST:
                begin = time.process_time()
        spent = (time.process_time() - begin) / steps
        state = simulation.problem.state
        damage = float(state["d"].x.array.max()) if "d" in state else 0.0
    return spent, damage


def main() -> None:
    """Print both and their ratio."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    first = LINES.index("damage:")
    without = LINES[:first] + LINES[first + 3 :]
    plain, _ = seconds(without, steps)
    sound, damage = seconds(LINES, steps, "damage.toughness=1e6 J/m^2")
    print(f"without {plain:.4f} s, sound {sound:.4f} s a step: {sound / plain:.2f} times")
    print(f"largest damage {damage:.2g}")


if __name__ == "__main__":
    main()
