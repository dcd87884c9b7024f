#!/bin/bash
# Runs all tests, including the live ones. Arguments are passed to pytest: shell/test.sh -m 'not live'
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
source "$here/lib.sh"

"$here/system-packages.sh" --tests
make_venv dev
cd -- "$root"
# Three workers: two for the live tests, each with its own platform, because live tests mostly wait, and one for the unit
# tests. A file is never split.
exec .venv/bin/python -m pytest -n 3 --dist loadfile "$@"
