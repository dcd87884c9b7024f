#!/bin/bash
# From a bare machine to a model that has predicted a month. Say it again: it goes on where it was, or changes nothing.
#   shell/onboard.sh      as root, or as a user with sudo; MLOPSCTL_HOME names the platform's folder
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
source "$here/lib.sh"
features=data_extract_pipeline model=ineligible_loan_model

"$here/system-packages.sh"
make_venv ''
mlopsctl setup --dags "$root/dags"
mlopsctl backfill "$features" --unpause --from 2023-12-01 --to 2023-12-31 --yes
# The run of February 2024 trains with what is known on March 1st, when labels are complete up to November 30th. So March
# is the first month that this model can predict without having seen its future.
mlopsctl backfill "${model}_ct" --unpause --dates 2024-02-01 --yes
mlopsctl backfill "$model" --unpause --from 2024-03-01 --to 2024-03-31 --yes
# What is said at the end is asked now, not remembered.
status=$(mlopsctl status --json)
made=$(mlopsctl runs "$features" --from 2023-12-01 --to 2023-12-31 --json)
champion=$(mlopsctl models show --model "$model" --json)
predicted=$(mlopsctl runs "$model" --from 2024-03-01 --to 2024-03-31 --json)
"$root/.venv/bin/python" - "$root" "$status" "$made" "$champion" "$predicted" <<'END'
import json, shlex, sys
from pathlib import Path
from mlopsctl.core import settings

root = Path(sys.argv[1])
status, made, champion, predicted = (json.loads(text)["data"] for text in sys.argv[2:])
done = [len({run["date"] for run in runs["runs"] if run["state"] == "success"}) for runs in (made, predicted)]
home = Path(status["home"])
tool = shlex.quote(str(root / ".venv/bin/mlopsctl"))
print(f"""
The platform is {"healthy" if status["healthy"] else "not healthy"}, the pipelines have {status["import_errors"]} import errors.

  Airflow {status["airflow_version"]:<8}{status["api_url"]}
  user            {settings.load(home / "config.toml").admin_user}
  password        cat {shlex.quote(str(home / "secrets/admin-password"))}
  home            {home}
  backfilled      {made["dag_id"]}: {done[0]} of 31 days are a success (2023-12-01 … 2023-12-31)
  model           {champion["model"]} {champion["version"]}, {champion["role"]}, trained on {champion["data_from"]} … {champion["data_to"]}
  predicted       {predicted["dag_id"]}: {done[1]} of 31 days are a success (2024-03-01 … 2024-03-31)

Next:
  {tool} status
  {tool} models show
  {tool} runs {predicted["dag_id"]} --from 2024-03
  {tool} stop""")
sys.exit(0 if status["healthy"] and done == [31, 31] and champion["role"] == "champion" else 1)
END
