#!/usr/bin/env bash
# The long run of tests/machine: RUNS=2000 runs of 50 steps each, against the plain model, on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
FOLLOWTHROUGH_MACHINE_RUNS="${RUNS:-2000}" .venv/bin/python -m pytest tests/machine -n 2 -p no:randomly "$@"
