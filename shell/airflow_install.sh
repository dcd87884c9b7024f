#!/bin/bash
# Sets the platform up, with this checkout's pipelines. Options are those of 'mlopsctl setup'.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

"$root/shell/system-packages.sh"
make_venv ''
mlopsctl setup --dags "$root/dags" "$@"
