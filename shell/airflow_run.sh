#!/bin/bash
# Starts all services of the platform, or the given ones.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mlopsctl start "$@"
