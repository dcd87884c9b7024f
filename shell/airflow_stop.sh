#!/bin/bash
# Stops the platform's services, or those that are named.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

mlopsctl stop "$@"
