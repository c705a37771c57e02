#!/usr/bin/env bash
# The simplest sweep: a loop over --set. One run after another, each in its own directory.
#   ./env.sh run bash configs/sweeps/loop.sh configs/quickstart.yaml runs/loop
# Called again it goes on where it was stopped: a finished run is not computed again.
set -uo pipefail
case=${1:?which input} out=${2:?where to}
for pressure in 0 5 10; do
    dendrolith run "$case" --set elasticity.pressure="$pressure MPa" \
        --out "$out/p$pressure" --resume auto || echo "$pressure MPa: exit code $?"
done
dendrolith report "$out"/p* --out "$out/report.html"
