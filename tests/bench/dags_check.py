"""`mlopsctl dags check` of 50 files beside ruff alone, with the same AIR rules.

    python -m tests.bench.dags_check [--files 50] [--rounds 9]

Each file has 40 tasks with templates. Medians; the commands take turns.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from ruff import find_ruff_bin

from mlopsctl.adapters.ruff import RULES
from tests.bench.measure import MLOPSCTL, environment, timed

LIMIT = 5.0  # seconds
HEAD = """\
import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Variable

def work(ds=None, **context):
    rows = context["ti"].xcom_pull(task_ids="t0")
    return {{"day": ds, "rows": rows, "limit": Variable.get("limit", default=10)}}

with DAG("d{n}", schedule="0 3 * * *", start_date=pendulum.datetime(2024, 1, 1, tz="UTC"), catchup=False):
    t0 = PythonOperator(task_id="t0", python_callable=work)
"""
TASK = """\
    t{m} = BashOperator(task_id="t{m}", bash_command="echo {{{{ ds_nodash }}}} {{{{ macros.ds_add(ds, -{m}) }}}}")
    t{before} >> t{m}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    env = environment()
    with tempfile.TemporaryDirectory() as folder:
        for n in range(given.files):
            tasks = "".join(TASK.format(m=m, before=m - 1) for m in range(1, 40))
            (Path(folder) / f"d{n}.py").write_text(HEAD.format(n=n) + tasks, encoding="utf-8")
        ours = [MLOPSCTL, "dags", "check", folder]
        options = ("--isolated", "--no-cache", "--preview", "--exit-zero")
        ruff = [find_ruff_bin(), "check", *options, "--select", ",".join(RULES), folder]
        times: dict[str, list[float]] = {"ours": [], "ruff": []}
        for n in range(given.rounds + 1):
            for name, command in (("ours", ours), ("ruff", ruff)):
                seconds = timed(command, env)
                times[name] += [seconds] if n else []  # the first is for bytecode and the disk's cache
    middle = {name: statistics.median(seconds) for name, seconds in times.items()}
    print(f"{given.files} files: mlopsctl {middle['ours']:.2f} s, ruff {middle['ruff']:.2f} s")
    print(f"ratio {middle['ours'] / middle['ruff']:.1f}; limit {LIMIT} s")
    return 0 if middle["ours"] <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
