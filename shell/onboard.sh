#!/bin/bash
# From a bare machine to a finished backfill. Say it again at any time: it goes on where it was, or changes nothing.
#   shell/onboard.sh      as root, or as a user with sudo; MLOPSCTL_HOME names the platform's folder
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
source "$here/lib.sh"
dag=data_extract_pipeline from=2023-12-01 to=2023-12-31

"$here/system-packages.sh"
make_venv ''
mlopsctl setup --dags "$root/dags"
mlopsctl backfill "$dag" --unpause --from "$from" --to "$to" --yes
# What is said at the end is asked now, not remembered.
status=$(mlopsctl status --json) runs=$(mlopsctl runs "$dag" --from "$from" --to "$to" --json)
"$root/.venv/bin/python" - "$root" "$status" "$runs" <<'END'
import json, shlex, sys
from pathlib import Path
from mlopsctl import settings

root, status, runs = Path(sys.argv[1]), *(json.loads(text)["data"] for text in sys.argv[2:])
done = {run["date"] for run in runs["runs"] if run["state"] == "success"}
home = Path(status["home"])
tool = shlex.quote(str(root / ".venv/bin/mlopsctl"))
print(f"""
The platform is {"healthy" if status["healthy"] else "not healthy"}, the pipelines have {status["import_errors"]} import errors.

  Airflow {status["airflow_version"]:<8}{status["api_url"]}
  user            {settings.load(home / "config.toml").admin_user}
  password        cat {shlex.quote(str(home / "secrets/admin-password"))}
  home            {home}
  backfilled      {runs["dag_id"]}: {len(done)} of 31 days are a success (2023-12-01 … 2023-12-31)

Next:
  {tool} status
  {tool} runs {runs["dag_id"]} --from 2023-12
  {tool} stop""")
sys.exit(0 if status["healthy"] and len(done) == 31 else 1)
END
