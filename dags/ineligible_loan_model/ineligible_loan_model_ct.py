"""Continuous training: every month, train on the latest six complete months, and deploy the model if it is better."""

import logging
import time
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from support.alerts import notify
from support.commands import mlopsctl_command
from support.days import START, base_dt_param, day_after_month, interval_schedule
from support.defaults import task_defaults
from support.files import near_files

MODEL = "ineligible_loan_model"
log = logging.getLogger(__name__)

DOC = """
### 부적격 대출 모델 재학습 (매월 1일 05:00)

라벨이 완성된 최근 6개월로 학습하고, 그 뒤 최대 2개월로 평가합니다. 연체는 신청 후 90일 안에 등록되므로,
마지막 날에서 90일이 지나지 않은 달은 쓰지 않습니다. 2024-02의 run은 3월 1일에 시작되어 2023-06 … 2023-11로 학습합니다.

**extract**(기간 결정, 특성) → **validate**(원천 데이터 검증) → **prepare**(특성 + 라벨) → **train** → **evaluate** →
**register**(버전 등록) → 챔피언보다 나으면 **deploy**(`ineligible_loan_model_cd`), 아니면 **keep_champion**.

- 완성된 달이 6개월이 안 되거나, 빠진 날이 있거나, 연체와 정상 중 하나만 있으면 이유를 남기고 건너뜁니다.
- 같은 기간으로 다시 학습하면 PATCH 버전이 됩니다. 중간에 죽은 시도는 등록되지 않습니다.
- 페이지: 저장소(`setup --storage`, 없으면 `$MLOPSCTL_HOME`)의 `models/ineligible_loan_model/<version>/page.html`
"""


@task(task_display_name="기간 결정과 특성 추출")
def extract(training_day: str, run_type: str) -> str:
    """Build the features for a training on a day (YYYYMMDD), and return the day as of which labels are known.

    Both are the same, except if the data end earlier: then a manual run uses the day after the last one with data.
    """
    from ineligible_loan_model import features
    from ineligible_loan_model.models import datasets
    from ineligible_loan_model.models.training_window import NotEnoughMonths, next_day, training_window

    latest = datasets.latest_day(training_day)
    if not latest:
        command = mlopsctl_command("seed")
        raise AirflowSkipException(f"There are no data before {training_day}. To generate some: `{command}`")
    as_of = min(training_day, next_day(latest))
    if as_of < training_day and run_type != "manual":
        raise AirflowSkipException(f"The data end on {latest}, so the labels as of {training_day} are not known yet.")
    try:
        window = training_window(as_of)
    except NotEnoughMonths as e:
        raise AirflowSkipException(f"{e} The data end on {latest}.") from None
    rows = features.build(window.data_from, window.data_to)
    log.info("as of %s: train on %s, hold out %s, %d rows", as_of, window.training, window.holdout, rows)
    return as_of


@task(task_display_name="데이터 검증", do_xcom_push=False)
def validate(as_of: str) -> None:
    """Fail if the data are invalid. Skip if labels may be missing because days have not been loaded."""
    from ineligible_loan_model import validation
    from ineligible_loan_model.models import datasets
    from ineligible_loan_model.models.training_window import days_between, previous_day, training_window

    window, end = training_window(as_of), previous_day(as_of)
    if missing := days_between(window.data_from, end) - datasets.count_days(window.data_from, end):
        command = mlopsctl_command(f"seed --from {window.data_from} --to {end}")
        raise AirflowSkipException(
            f"{missing} of the days {window.data_from} … {end} have not been loaded, nor have the defaults registered "
            f"on them. Load them (for exam data: `{command}`), then re-run."
        )
    failures = validation.validate(window.data_from, window.data_to)
    # A missing day does not make the other days invalid.
    if missing := failures.pop(validation.MISSING_DAY, 0):
        log.warning("%d days without applications", missing)
    if failures:
        raise AirflowFailException(validation.describe(failures, window.data_from, window.data_to))


@task(task_display_name="학습 데이터 준비", do_xcom_push=False)
def prepare(as_of: str) -> None:
    """Join features and labels in mlops.ineligible_loan_model_features_target; skip if an outcome does not occur."""
    from ineligible_loan_model.models import datasets, train
    from ineligible_loan_model.models.training_window import training_window

    window = training_window(as_of)
    log.info("%d rows of base_ym %s", datasets.write_training_set(window), window.base_ym)
    if problem := train.find_problem(datasets.read_training_set(window), window):
        raise AirflowSkipException(f"{problem} Training and evaluation need loans of both outcomes.")


@task(task_display_name="학습", **near_files())
def train(as_of: str, run: str) -> dict[str, Any]:
    """Train a model and stage its artifact in the store, without a version."""
    from ineligible_loan_model.models import artifact_store, datasets
    from ineligible_loan_model.models.train import fit
    from ineligible_loan_model.models.training_window import training_window

    started, window = time.time(), training_window(as_of)
    model = fit(datasets.read_training_set(window), window, MODEL)
    path, checksum = artifact_store.stage(model, run)
    log.info("trained on %d rows: %s", model.card.rows, path)
    return {"artifact": path, "checksum": checksum, "started": started}


@task(task_display_name="평가", **near_files())
def evaluate(as_of: str, trained: dict[str, Any]) -> dict[str, Any]:
    """Return the metrics of the model, and of the champion on the same rows."""
    from ineligible_loan_model.models import artifact_store, datasets, registry, train
    from ineligible_loan_model.models.training_window import training_window

    window = training_window(as_of)
    version = registry.current_champion(MODEL)
    try:
        champion = (version, artifact_store.load_version(MODEL, version)) if version else None
        model = artifact_store.load_file(trained["artifact"], trained["checksum"])
    except artifact_store.ArtifactError as e:
        raise AirflowFailException(str(e)) from None
    metrics = train.evaluate(model, datasets.read_training_set(window), window, champion)
    log.info("%s", metrics)
    return metrics


@task(task_display_name="버전 등록", **near_files())
def register(trained: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Publish the model and return its version."""
    from ineligible_loan_model.models import artifact_store
    from ineligible_loan_model.models.publish import TrainingResult, publish_version

    training = TrainingResult(trained["artifact"], trained["checksum"], trained["started"], metrics)
    version = publish_version(MODEL, training)
    log.info("registered as %s %s in %s", MODEL, version, artifact_store.store_root() / MODEL / version)
    return version


@task.branch(task_display_name="더 나은가?")
def choose(version: str, metrics: dict[str, Any], ti: Any) -> str:
    """Return the task to run next, according to the promotion policy."""
    from ineligible_loan_model.models import promotion_policy, registry

    decision = promotion_policy.decide(metrics, registry.current_champion(MODEL))
    log.info("%s: %s", version, decision.reason)
    ti.xcom_push("reason", decision.reason)
    return "deploy" if decision.promote else "keep_champion"


@task(task_display_name="챔피언 유지", do_xcom_push=False)
def keep_champion(version: str, reason: str, run: str) -> None:
    """Record why the version was rejected."""
    from ineligible_loan_model.models import registry

    registry.record_decisions(MODEL, run, (version, registry.REJECTED, reason))


with DAG(
    dag_id=f"{MODEL}_ct",
    dag_display_name="부적격 대출 모델 재학습",
    description="매월 최근 6개월로 학습하고, 챔피언보다 나으면 배포합니다",
    doc_md=DOC,
    schedule=interval_schedule("0 5 1 * *"),
    start_date=START,
    catchup=False,
    max_active_runs=1,  # a run is compared with the champion left by the previous run
    tags=["mlops", "loan", "training"],
    params=base_dt_param(
        "학습 기준일", "이날 전까지 등록된 연체만 압니다. 비워 두면 실행(run)의 달이 끝난 다음 날입니다."
    ),
    user_defined_macros={"training_day": day_after_month},
    default_args=task_defaults(execution_timeout=timedelta(minutes=30)),
    **notify(),
) as dag:
    run = "{{ dag.dag_id }} {{ run_id }}"
    as_of = extract("{{ training_day(dag_run, params) }}", "{{ dag_run.run_type.value }}")
    trained = train(as_of, run)
    metrics = evaluate(as_of, trained)
    version = register(trained, metrics)
    deploy = TriggerDagRunOperator(
        task_id="deploy",
        task_display_name="배포",
        trigger_dag_id=f"{MODEL}_cd",
        # The same run id in every try, so that a retry does not deploy again.
        trigger_run_id=f"ct__{version}",
        conf={"version": f"{version}"},
        reset_dag_run=True,
        wait_for_completion=True,
        poke_interval=1,
        retries=0,
    )
    kept = keep_champion(version, "{{ ti.xcom_pull('choose', key='reason') }}", run)
    as_of >> validate(as_of) >> prepare(as_of) >> trained
    choose(version, metrics) >> [deploy, kept]
