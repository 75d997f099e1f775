#!/usr/bin/env bash
# The long run of tests/durability: KILLS=50 kills of the server and as many of PostgreSQL, under write load.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
FOLLOWTHROUGH_KILLS="${KILLS:-50}" .venv/bin/python -m pytest tests/durability -m slow -p no:xdist -p no:randomly
