#!/usr/bin/env bash
# Real harvesters against a running server of ours: CKAN's parser and udata's DCAT backend, in
# environments of their own, because they want older libraries than ours.
#
#   tests/harvesters/run.sh [FOLDER]            the environments are made in FOLDER, and kept there
#   tests/harvesters/run.sh --whole [FOLDER]    CKAN's whole harvest besides; see whole.py for what
#                                               it needs from the system
#
# Uses the python of PYTHON, which has homegraph[test]; any other python3 makes the environments.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

whole=
if [ "${1:-}" = --whole ]; then whole=yes; shift; fi
folder=${1:-${HOMEGRAPH_HARVESTERS:-$HOME/.cache/homegraph-harvesters}}
python=${PYTHON:-python3}
mkdir -p "$folder"

for name in ckan udata; do
  if ! cmp -s "$here/$name.txt" "$folder/$name/made-of.txt"; then
    echo "== an environment for $name ($SECONDS s)"
    rm -rf "${folder:?}/$name"
    python3 -m venv "$folder/$name"
    "$folder/$name/bin/pip" install --quiet --quiet --disable-pip-version-check -r "$here/$name.txt"
    cp "$here/$name.txt" "$folder/$name/made-of.txt"
  fi
done

export HOMEGRAPH_HARVESTERS="$folder"
echo "== they read the catalogue ($SECONDS s)"
cd "$here/../.."
"$python" -m pytest -q tests/test_catalogue_pages.py -k "ckan or udata"
if [ -n "$whole" ]; then
  echo "== CKAN harvests it ($SECONDS s)"
  "$python" "$here/whole.py" "$folder"
fi
echo "== done ($SECONDS s)"
