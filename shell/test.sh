#!/bin/bash
# All tests, those that drive the real stack too. Words are handed to pytest: shell/test.sh -m 'not live'
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
source "$here/lib.sh"

"$here/system-packages.sh" --tests
make_venv dev
cd -- "$root"
# Two at a time, a file each: the tests of the real stack wait more than they work. Each of the two has a platform of its
# own.
exec .venv/bin/python -m pytest -n 2 --dist loadfile "$@"
