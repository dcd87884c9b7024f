#!/bin/bash
# Updates requirements-dev.lock to the latest versions allowed by setup.cfg, for all supported Python versions.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

make_venv dev
cd -- "$root"
.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra dev setup.cfg \
  --output-file requirements-dev.lock --custom-compile-command shell/update-lock.sh \
  --no-emit-index-url --no-emit-find-links
make_venv dev
