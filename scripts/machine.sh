#!/usr/bin/env bash
# The long run of tests/machine: RUNS=2000 runs of 50 steps each, against the plain model, half of them on each of two
# cores. A half that fails says so at once, with all that was done in that run; the other goes on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export FOLLOWTHROUGH_MACHINE_RUNS="${RUNS:-2000}"
halves=()
for half in 0 1; do
	.venv/bin/python -m pytest tests/machine -p no:randomly -k "[$half]" "$@" &
	halves+=($!)
done
failed=0
for half in "${halves[@]}"; do
	wait "$half" || failed=1
done
exit "$failed"
