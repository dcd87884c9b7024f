#!/bin/bash
# Sets up the platform, trains a model, and predicts a month with it. Safe to re-run: it continues where it stopped.
#   shell/onboard.sh      as root, or as a user with sudo; MLOPSCTL_HOME is the home of the platform
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
source "$here/lib.sh"
features=data_extract_pipeline model=ineligible_loan_model

"$here/system-packages.sh"
make_venv ''
mlopsctl setup --dags "$root/dags"
mlopsctl backfill "$features" --unpause --from 2023-12-01 --to 2023-12-31 --yes
# The run of February 2024 trains with the labels known on March 1, which are complete up to November 30. March is thus the
# first month that this model can predict without having seen data of that month.
mlopsctl backfill "${model}_ct" --unpause --dates 2024-02-01 --yes
mlopsctl backfill "$model" --unpause --from 2024-03-01 --to 2024-03-31 --yes
# The summary reports the current state, not the output of the commands above.
status=$(mlopsctl status --json)
features_runs=$(mlopsctl runs "$features" --from 2023-12-01 --to 2023-12-31 --json)
champion=$(mlopsctl models show --model "$model" --json)
model_runs=$(mlopsctl runs "$model" --from 2024-03-01 --to 2024-03-31 --json)
"$root/.venv/bin/python" - "$root" "$status" "$features_runs" "$champion" "$model_runs" <<'END'
import json, shlex, sys
from pathlib import Path
from mlopsctl.core import settings

root = Path(sys.argv[1])
status, features, champion, predictions = (json.loads(text)["data"] for text in sys.argv[2:])
succeeded = [len({run["date"] for run in runs["runs"] if run["state"] == "success"}) for runs in (features, predictions)]
home = Path(status["home"])
tool = shlex.quote(str(root / ".venv/bin/mlopsctl"))
print(f"""
The platform is {"healthy" if status["healthy"] else "not healthy"}, with {status["import_errors"]} DAG import errors.

  Airflow {status["airflow_version"]:<8}{status["api_url"]}
  user            {settings.load(home / "config.toml").admin_user}
  password        cat {shlex.quote(str(home / "secrets/admin-password"))}
  home            {home}
  backfilled      {features["dag_id"]}: {succeeded[0]} of 31 days succeeded (2023-12-01 … 2023-12-31)
  model           {champion["model"]} {champion["version"]}, {champion["role"]}, trained on {champion["data_from"]} … {champion["data_to"]}
  predicted       {predictions["dag_id"]}: {succeeded[1]} of 31 days succeeded (2024-03-01 … 2024-03-31)

Next:
  {tool} status
  {tool} models show
  {tool} runs {predictions["dag_id"]} --from 2024-03
  {tool} stop""")
sys.exit(0 if status["healthy"] and succeeded == [31, 31] and champion["role"] == "champion" else 1)
END
