"""Continuous training: every month a model of the six latest complete months, deployed only if it is better."""

import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pendulum
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from support.alerts import notify
from support.days import START, TIMEZONE, data_day, day_param, intervals
from support.defaults import defaults

MODEL = "ineligible_loan_model"
log = logging.getLogger(__name__)

DOC = """
### 부적격 대출 모델 재학습 (매월 1일 05:00)

라벨이 완성된 최근 6개월로 학습하고, 그 뒤 최대 2개월로 평가합니다. 연체는 신청 후 90일 안에 등록되므로,
마지막 날에서 90일이 지나지 않은 달은 쓰지 않습니다. 2024-02의 run은 3월 1일에 시작되어 2023-06 … 2023-11로 학습합니다.

**extract**(기간 결정, 특성) → **validate**(원천 데이터 검증) → **prepare**(특성 + 라벨) → **train** → **evaluate** →
**register**(버전 등록) → 챔피언보다 나으면 **deploy**(`ineligible_loan_model_cd`), 아니면 **keep_champion**.

- 완성된 달이 6개월이 안 되면 이유를 남기고 건너뜁니다.
- 같은 기간으로 다시 학습하면 PATCH 버전이 됩니다. 중간에 죽은 시도는 등록되지 않습니다.
- 페이지: `$MLOPSCTL_HOME/models/ineligible_loan_model/<version>/page.html`
"""


def asked(dag_run: Any, params: Mapping[str, Any]) -> str:
    """The day as of which to train, YYYYMMDD: `base_dt` of the form, else the day after the run's month; at the latest
    today, for what will be registered later is not known."""
    today = str(pendulum.today(TIMEZONE).format("YYYYMMDD"))
    if named := params.get("base_dt"):
        return min(str(named), today)
    month = pendulum.from_format(data_day(dag_run), "YYYYMMDD")
    return min(str(month.add(months=1).start_of("month").format("YYYYMMDD")), today)


@task(task_display_name="기간 결정과 특성 추출")
def extract(asked: str, run_type: str) -> str:
    """Make the features of the months that a training on the day `asked` may use; the day as of which labels are
    known. For a run by hand that is the day after the data end, if they end before `asked`."""
    from ineligible_loan_model import features
    from ineligible_loan_model.models import data
    from ineligible_loan_model.models.window import TooEarly, after, window

    newest = data.newest_day(asked)
    if not newest:
        raise AirflowSkipException(f"There are no data before {asked}: `mlopsctl seed` makes some.")
    as_of = min(asked, after(newest))
    if as_of < asked and run_type != "manual":
        raise AirflowSkipException(f"The data end on {newest}, so labels as of {asked} are not known yet.")
    try:
        months = window(as_of)
    except TooEarly as e:
        raise AirflowSkipException(f"{e} The data end on {newest}.") from None
    rows = features.build(months.data_from, months.data_to)
    log.info("as of %s: train on %s, hold out %s, %d rows", as_of, months.training, months.holdout, rows)
    return as_of


@task(task_display_name="데이터 검증", do_xcom_push=False)
def validate(as_of: str) -> None:
    """Train on sound data only, and on labels that are all known."""
    from ineligible_loan_model import validation
    from ineligible_loan_model.models import data
    from ineligible_loan_model.models.window import before, days, window

    months = window(as_of)
    end = before(as_of)
    if missing := days(months.data_from, end) - data.days_there(months.data_from, end):
        raise AirflowFailException(
            f"{missing} of the days {months.data_from} … {end} have not arrived, and the defaults of those days with "
            f"them: load them, as with `mlopsctl seed --from {months.data_from} --to {end}`, then run it again."
        )
    found = validation.validate(months.data_from, months.data_to)
    # A day that was lost takes nothing from the truth of the others.
    if lost := found.pop(validation.MISSING_DAY, 0):
        log.warning("%d days without applications", lost)
    if found:
        raise AirflowFailException(validation.sentence(found, months.data_from, months.data_to))


@task(task_display_name="학습 데이터 준비", do_xcom_push=False)
def prepare(as_of: str) -> None:
    """Features and labels side by side, in mlops.ineligible_loan_model_features_target."""
    from ineligible_loan_model.models import data
    from ineligible_loan_model.models.window import window

    months = window(as_of)
    log.info("%d rows of base_ym %s", data.write_training_set(months), months.base_ym)


@task(task_display_name="학습")
def train(as_of: str, run: str) -> dict[str, Any]:
    """Fit, and keep the artifact in the store, without a version yet."""
    from ineligible_loan_model.models import data, store
    from ineligible_loan_model.models.train import fit
    from ineligible_loan_model.models.window import window

    started, months = time.time(), window(as_of)
    model = fit(data.training_set(months), months, MODEL)
    path, checksum = store.save(model.pipeline, model.card, run)
    log.info("trained on %d rows: %s", model.card.rows, path)
    return {"artifact": str(path), "checksum": checksum, "started": started}


@task(task_display_name="평가")
def evaluate(as_of: str, trained: dict[str, Any]) -> dict[str, Any]:
    """The metrics, beside those of the champion on the same rows."""
    from ineligible_loan_model.models import data, registry, store
    from ineligible_loan_model.models.train import judge
    from ineligible_loan_model.models.window import window

    months = window(as_of)
    champion = registry.champion(MODEL)
    try:
        beside = (champion, store.load(MODEL, champion)) if champion else None
        model = store.read(Path(trained["artifact"]), trained["checksum"])
    except store.StoreError as e:
        raise AirflowFailException(str(e)) from None
    metrics = judge(model, data.training_set(months), months, beside)
    log.info("%s", metrics)
    return metrics


@task(task_display_name="버전 등록")
def register(trained: dict[str, Any], metrics: dict[str, Any]) -> str:
    """The version of the model from now on."""
    from ineligible_loan_model.models import store
    from ineligible_loan_model.models.register import Training
    from ineligible_loan_model.models.register import register as give_version

    path = Path(trained["artifact"])
    version = give_version(MODEL, Training(path, trained["checksum"], trained["started"], metrics))
    log.info("registered as %s %s, in %s", MODEL, version, store.root() / MODEL / version)
    return version


@task.branch(task_display_name="더 나은가?")
def choose(version: str, metrics: dict[str, Any], ti: Any) -> str:
    """What comes next depends on the figures."""
    from ineligible_loan_model.models import registry
    from ineligible_loan_model.models.decide import decide

    verdict = decide(metrics, registry.champion(MODEL))
    log.info("%s: %s", version, verdict.reason)
    ti.xcom_push("reason", verdict.reason)
    return "deploy" if verdict.promote else "keep_champion"


@task(task_display_name="챔피언 유지", do_xcom_push=False)
def keep_champion(version: str, reason: str, run: str) -> None:
    """Write down why it was not deployed."""
    from ineligible_loan_model.models import registry

    registry.append(MODEL, run, (version, registry.REJECTED, reason))


with DAG(
    dag_id=f"{MODEL}_ct",
    dag_display_name="부적격 대출 모델 재학습",
    description="매월 최근 6개월로 학습하고, 챔피언보다 나으면 배포합니다",
    doc_md=DOC,
    schedule=intervals("0 5 1 * *"),
    start_date=START,
    catchup=False,
    max_active_runs=1,  # each is compared with the champion that the one before it has left
    tags=["mlops", "loan", "training"],
    params=day_param("학습 기준일", "이날 전까지 등록된 연체만 압니다. 비워 두면 실행(run)의 달이 끝난 다음 날입니다."),
    user_defined_macros={"asked": asked},
    default_args=defaults(execution_timeout=timedelta(minutes=30)),
    **notify(),
) as dag:
    run = "{{ dag.dag_id }} {{ run_id }}"
    as_of = extract("{{ asked(dag_run, params) }}", "{{ dag_run.run_type.value }}")
    trained = train(as_of, run)
    metrics = evaluate(as_of, trained)
    version = register(trained, metrics)
    deploy = TriggerDagRunOperator(
        task_id="deploy",
        task_display_name="배포",
        trigger_dag_id=f"{MODEL}_cd",
        # One name for all tries, so that a second one does not deploy a second time.
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
