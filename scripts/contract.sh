#!/usr/bin/env bash
# Hold the contract against a real server: Schemathesis in all its phases, the README's session word for word, and the
# same session as an Arazzo document. EXAMPLES=10 is how many requests are made up per operation.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d /tmp/followthrough-contract.XXXXXX)
chmod 0711 "$work" # PostgreSQL runs as an account of its own where root starts it
export FOLLOWTHROUGH_DATA_DIR=$work/var FOLLOWTHROUGH_RATE_LIMIT=1000000 FOLLOWTHROUGH_LOG_LEVEL=error
unset FOLLOWTHROUGH_DATABASE_URL

.venv/bin/python -m app.cli serve --port 0 >"$work/log" 2>&1 &
server=$!
stop() {
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

url=
for _ in $(seq 300); do
  url=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$work/log" | head -1) && curl -sf -o "$work/ready" "$url/readyz" && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
[ -s "$work/ready" ] || { cat "$work/log"; echo "The server does not start."; exit 1; }
echo "The README's session, word for word"
awk '/^```bash$/ {inside = 1; next} /^```$/ {inside = 0} inside' README.md |
  sed -e "s#http://127.0.0.1:8000#$url#" -e "s#var/first-key#$work/var/first-key#" >"$work/session"
bash -euo pipefail "$work/session" >"$work/answers" || { cat "$work/session" "$work/answers"; exit 1; }
grep -qx 304 "$work/answers"

if command -v node >/dev/null && [ -d node_modules ]; then
  echo "The same as an Arazzo document, in an empty workspace"
  key=$(.venv/bin/python -m app.cli workspace create --name Quickstart 2>/dev/null)
  REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true npx --no -- redocly respect openapi/quickstart.arazzo.yaml \
    --server api="$url" --input key="$key"
else
  echo "Node or node_modules is not here: the Arazzo quickstart is skipped."
fi

echo "Schemathesis, in the workspace of the README's session"
FOLLOWTHROUGH_KEY=$(cat "$work/var/first-key")
export FOLLOWTHROUGH_KEY
.venv/bin/st run openapi/openapi.json --url "$url" --max-examples "${EXAMPLES:-10}" "$@"
