"""Deployment: a challenger becomes the champion by the rule in models/decide.py, and proves itself, or goes back."""

import logging
from typing import Any

from airflow.sdk import DAG, Param, TriggerRule, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from support.alerts import notify
from support.days import START
from support.defaults import defaults

MODEL = "ineligible_loan_model"
log = logging.getLogger(__name__)

DOC = """
### 부적격 대출 모델 배포

**decide** 규칙(`models/decide.py`)에 따라 도전자(challenger)를 챔피언으로 올릴지 정합니다. 올리지 않으면 이유를
`mlops_meta.model_decisions`에 남기고 건너뜁니다. → **promote** → **canary** 최근 신청을 실제로 예측해 봅니다:
파일의 체크섬, 예측 수, 0과 1 사이의 확률, 평균. → 실패하면 **roll_back**이 이전 챔피언으로 되돌리고, run은 실패합니다.

`version`을 비워 두면 아직 결정되지 않은 가장 새로운 버전입니다. 재학습(`ineligible_loan_model_ct`)이 스스로 실행합니다.
"""


@task(task_display_name="승격 결정")
def decide(named: str, run: str, ti: Any) -> str:
    """The version that is to become the champion. A loser is written down, and the rest of the run is skipped."""
    from ineligible_loan_model.models import registry, store
    from ineligible_loan_model.models.decide import decide as judge

    version = named or registry.challenger(MODEL)
    if not version:
        raise AirflowSkipException(f"{MODEL} has no challenger: all versions have been decided on.")
    champion = registry.champion(MODEL)
    if version == champion:  # an earlier try has promoted it
        return version
    if decided := registry.last_decision(MODEL, version):
        raise AirflowSkipException(
            f"{version} has been decided on ({decided}): `mlopsctl models promote {version}` overrules that."
        )
    try:
        store.load(MODEL, version)
    except store.StoreError as e:
        ti.xcom_push("fault", str(e))
        raise AirflowFailException(str(e)) from None
    verdict = judge(registry.entry(MODEL, version).metrics, champion)
    if not verdict.promote:
        registry.append(MODEL, run, (version, registry.REJECTED, verdict.reason))
        raise AirflowSkipException(f"{version} does not become the champion. {verdict.reason}")
    return version


@task(task_display_name="승격", do_xcom_push=False)
def promote(version: str, run: str) -> None:
    """From now on it predicts."""
    from ineligible_loan_model.models import registry
    from ineligible_loan_model.models.decide import decide as judge

    champion = registry.champion(MODEL)
    if version != champion:
        reason = judge(registry.entry(MODEL, version).metrics, champion).reason
        registry.append(MODEL, run, (version, registry.CHAMPION, reason))


@task(task_display_name="카나리 예측", do_xcom_push=False)
def canary(version: str, ti: Any) -> None:
    """Predict the latest days by what is in the store."""
    from ineligible_loan_model.models import canary as bird
    from ineligible_loan_model.models import data, registry, store

    entry = registry.entry(MODEL, version)
    rows = data.latest_features(bird.DAYS)
    try:
        model = store.load(MODEL, version)
        fault = bird.fault(model.probability(rows), len(rows), entry.metrics["default_rate"])
    except (store.StoreError, KeyError, ValueError) as e:  # not its file, or a model that these features do not suit
        fault = f"{type(e).__name__}: {e}"
    if fault:
        ti.xcom_push("fault", fault)
        raise AirflowFailException(f"The canary prediction of {version} failed. {fault}")
    log.info("%d predictions by %s are as they should be", len(rows), version)


@task(task_display_name="되돌리기", do_xcom_push=False, trigger_rule=TriggerRule.ONE_FAILED)
def roll_back(version: str, fault: str, run: str) -> None:
    """Whatever went wrong since the decision: the champion before predicts again, and the run is a failed one."""
    from ineligible_loan_model.models import registry

    if not version or registry.champion(MODEL) != version:
        # Not skipped: by its last task a run is judged, and this one has failed.
        raise AirflowFailException(f"Nothing was promoted. {fault or 'Look at the task that failed.'}")
    why = fault or "a task of the deployment failed"
    before = registry.champion_before(MODEL, version)
    withdrawn = (version, registry.REJECTED, f"Its canary failed. {why}")
    if not before:
        registry.append(MODEL, run, withdrawn)
        raise AirflowFailException(f"{version} failed and was withdrawn; there was no champion before it. {why}")
    registry.append(MODEL, run, withdrawn, (before, registry.CHAMPION, f"Rolled back from {version}. {why}"))
    raise AirflowFailException(f"{version} failed and was rolled back: {before} is the champion again. {why}")


with DAG(
    dag_id=f"{MODEL}_cd",
    dag_display_name="부적격 대출 모델 배포",
    description="도전자를 규칙에 따라 챔피언으로 올리고, 카나리 예측이 실패하면 되돌립니다",
    doc_md=DOC,
    schedule=None,
    start_date=START,
    catchup=False,
    # A run that training triggers would wait for ever in a paused DAG; by itself this one never starts.
    is_paused_upon_creation=False,
    max_active_runs=1,
    tags=["mlops", "loan", "deployment"],
    params={
        "version": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d+\.\d+\.\d+$",
            title="버전",
            description="비워 두면 아직 결정되지 않은 가장 새로운 버전",
        )
    },
    default_args=defaults(),
    **notify(),
) as dag:
    run = "{{ dag.dag_id }} {{ run_id }}"
    version = decide("{{ params.version or '' }}", run)
    tried = canary(version)
    back = roll_back(
        "{{ ti.xcom_pull('decide') or '' }}",
        "{{ ti.xcom_pull(['decide', 'canary'], key='fault') | select | first | default('') }}",
        run,
    )
    promoted = promote(version, run)
    promoted >> tried
    [promoted, tried] >> back
