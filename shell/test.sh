#!/bin/bash
# All tests, those that drive the real stack too. Words are handed to pytest: shell/test.sh -m 'not live'
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
source "$here/lib.sh"

"$here/system-packages.sh" --tests
make_venv dev
cd -- "$root"
exec .venv/bin/python -m pytest "$@"
