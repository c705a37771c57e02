#!/usr/bin/env bash
# The simplest sweep: a loop over --set. One run after another, each in its own directory.
#   ./env.sh run bash configs/sweeps/loop.sh
# Called again it goes on where it was stopped: a finished run is not computed again.
set -uo pipefail
for pressure in 0 5 10; do
    dendrolith run configs/sweeps/small_cell.yaml --set elasticity.pressure="$pressure MPa" \
        --out "runs/loop/p$pressure" --resume auto || echo "$pressure MPa: exit code $?"
done
dendrolith report runs/loop/p* --out runs/loop/report.html
