#!/bin/bash
# Makes this machine a worker host: installs what it needs, and joins. Safe to re-run: it continues where it stopped.
#   shell/join.sh TOKEN [OPTION…]      as root, or as a user with sudo; TOKEN: from `mlopsctl worker token` on the head; options:
#                                      those of `mlopsctl worker join`; MLOPSCTL_HOME is the home of the worker
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
source "$here/lib.sh"

[[ $# -gt 0 ]] || fail "no token was given." "on the head: mlopsctl worker token"
"$here/system-packages.sh" --worker-host
make_venv ''
mlopsctl worker join "$@"
