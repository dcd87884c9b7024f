#!/bin/bash
# Links a package of DAGs into the DAGs folder. Options are those of 'mlopsctl link add'.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mlopsctl link add "$@"
