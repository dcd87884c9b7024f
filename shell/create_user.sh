#!/bin/bash
# Creates an Airflow user. Options are those of 'mlopsctl user create'.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mlopsctl user create "$@"
