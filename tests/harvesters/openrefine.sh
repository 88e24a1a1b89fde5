#!/usr/bin/env bash
# OpenRefine matches names with a running server of ours, unmodified, driven over its own HTTP API.
#
#   tests/harvesters/openrefine.sh [HOME] [FOLDER]
#
# HOME is a home with a published release; the shipped examples are built if there is none. FOLDER
# keeps what OpenRefine writes. Wants Debian's openrefine (apt-get install openrefine), and the
# python of PYTHON with homegraph in it. Prints precision and recall by list of labelled names, and
# fails when they are not those that the release says of itself, and under 0.99 and 0.90 for each
# list of forces, areas and organisations.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
work=${2:-$(mktemp -d)}
home=${1:-$work/home}
command -v openrefine >/dev/null || { echo "openrefine is not installed" >&2; exit 2; }
mkdir -p "$work/refine"

free_port() {
  "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

pids=()
stop() {
  for pid in "${pids[@]}"; do kill -- "-$pid" 2>/dev/null || kill "$pid" 2>/dev/null || true; done
}
trap stop EXIT

cd "$here/../.."
[ -e "$home" ] || "$python" -m homegraph.endpoint.cli demo --home "$home" --no-serve
ours=$(free_port) refines=$(free_port)
set -m # each in a group of its own, so that what it starts ends with it
"$python" -m homegraph.endpoint.cli serve --home "$home" --port "$ours" --log none &
pids+=($!)
HOME="$work/refine" openrefine -i 127.0.0.1 -p "$refines" -d "$work/refine" -H 127.0.0.1 \
  -x refine.headless=true >"$work/openrefine.log" 2>&1 &
pids+=($!)
"$python" "$here/openrefine_matches.py" \
  "http://127.0.0.1:$refines" "http://127.0.0.1:$ours/reconcile" "$home"
