#!/bin/bash
# Creates an Airflow user. Takes the options of 'mlopsctl user create'.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mlopsctl user create "$@"
