#!/bin/bash
# All tests, those that drive the real stack too. Words are handed to pytest: shell/test.sh -m 'not live'
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
source "$here/lib.sh"

"$here/system-packages.sh" --tests
make_venv dev
cd -- "$root"
# Three at a time, a file each: two with a platform of their own, for the tests of the real stack wait more than they
# work, and one with what needs none.
exec .venv/bin/python -m pytest -n 3 --dist loadfile "$@"
