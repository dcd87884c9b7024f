#!/bin/bash
# Links a DAG package into the DAGs folder. Takes the options of 'mlopsctl link add'.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mlopsctl link add "$@"
