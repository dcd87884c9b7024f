#!/bin/bash
# Sets up the platform with the pipelines of this checkout. Takes the options of 'mlopsctl setup'.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

"$root/shell/system-packages.sh"
make_venv ''
mlopsctl setup --dags "$root/dags" "$@"
