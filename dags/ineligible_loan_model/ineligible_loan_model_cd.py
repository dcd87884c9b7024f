"""Deployment: promotes a challenger according to models/promotion_policy.py, and rolls back if its canary fails."""

import logging
from typing import Any

from airflow.sdk import DAG, Param, TriggerRule, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from support.alerts import notify
from support.commands import mlopsctl_command
from support.days import START
from support.defaults import task_defaults
from support.files import near_files

MODEL = "ineligible_loan_model"
log = logging.getLogger(__name__)

DOC = """
### 부적격 대출 모델 배포

**decide** 규칙(`models/promotion_policy.py`)에 따라 도전자(challenger)를 챔피언으로 올릴지 정합니다. 올리지 않으면
이유를 `mlops_meta.model_decisions`에 남기고 건너뜁니다. → **promote** → **canary** 최근 신청을 실제로 예측해 봅니다:
파일의 체크섬, 예측 수, 0과 1 사이의 확률, 평균. → 실패하면 **roll_back**이 이전 챔피언으로 되돌리고, run은 실패합니다.

`version`을 비워 두면 아직 결정되지 않은 가장 새로운 버전입니다. 재학습(`ineligible_loan_model_ct`)이 스스로 실행합니다.
"""


@task(task_display_name="승격 결정", **near_files())
def decide(requested: str, run: str, ti: Any) -> str:
    """Return the version to promote. If it is rejected, record that and skip the rest of the run."""
    from ineligible_loan_model.models import artifact_store, promotion_policy, registry

    version = requested or registry.latest_challenger(MODEL)
    if not version:
        raise AirflowSkipException(f"{MODEL} has no challenger: all versions have been promoted or rejected.")
    champion = registry.current_champion(MODEL)
    if version == champion:  # promoted by an earlier try
        return version
    if decision := registry.last_decision(MODEL, version):
        command = mlopsctl_command(f"models promote {version}")
        raise AirflowSkipException(f"{version} already has a decision ({decision}). To override it: `{command}`")
    try:
        artifact_store.load_version(MODEL, version)
    except artifact_store.ArtifactError as e:
        ti.xcom_push("fault", str(e))
        raise AirflowFailException(str(e)) from None
    decided = promotion_policy.decide(registry.get_version(MODEL, version).metrics, champion)
    if not decided.promote:
        registry.record_decisions(MODEL, run, (version, registry.REJECTED, decided.reason))
        raise AirflowSkipException(f"{version} was rejected. {decided.reason}")
    return version


@task(task_display_name="승격", do_xcom_push=False)
def promote(version: str, run: str) -> None:
    """Make the version the champion, which predictions are made with."""
    from ineligible_loan_model.models import promotion_policy, registry

    champion = registry.current_champion(MODEL)
    if version != champion:
        reason = promotion_policy.decide(registry.get_version(MODEL, version).metrics, champion).reason
        registry.record_decisions(MODEL, run, (version, registry.CHAMPION, reason))


@task(task_display_name="카나리 예측", do_xcom_push=False, **near_files())
def canary(version: str, ti: Any) -> None:
    """Predict recent applications with the stored artifact, and check the probabilities."""
    from ineligible_loan_model.models import artifact_store, datasets, registry
    from ineligible_loan_model.models.canary import DAYS, find_problem

    default_rate = registry.get_version(MODEL, version).metrics["default_rate"]
    rows = datasets.read_latest_features(DAYS)
    try:
        model = artifact_store.load_version(MODEL, version)
        problem = find_problem(model.predict_probability(rows), len(rows), default_rate)
    except (artifact_store.ArtifactError, KeyError, ValueError) as e:  # also if the model does not fit the features
        problem = f"{type(e).__name__}: {e}"
    if problem:
        ti.xcom_push("fault", problem)
        raise AirflowFailException(f"The canary prediction of {version} failed. {problem}")
    log.info("%d predictions by %s passed the checks", len(rows), version)


@task(task_display_name="되돌리기", do_xcom_push=False, trigger_rule=TriggerRule.ONE_FAILED)
def roll_back(version: str, fault: str, run: str) -> None:
    """After any failure, restore the previous champion and fail the run."""
    from ineligible_loan_model.models import registry

    if not version or registry.current_champion(MODEL) != version:
        # Fail rather than skip: the last task determines the state of the run.
        raise AirflowFailException(f"Nothing was promoted. {fault or 'See the log of the failed task.'}")
    cause = fault or "A task of the deployment failed."
    previous = registry.previous_champion(MODEL, version)
    rejection = (version, registry.REJECTED, f"Its canary failed. {cause}")
    if not previous:
        registry.record_decisions(MODEL, run, rejection)
        raise AirflowFailException(f"{version} failed and was withdrawn. There was no previous champion. {cause}")
    restoration = (previous, registry.CHAMPION, f"Rolled back from {version}. {cause}")
    registry.record_decisions(MODEL, run, rejection, restoration)
    raise AirflowFailException(f"{version} failed and was rolled back: {previous} is the champion again. {cause}")


with DAG(
    dag_id=f"{MODEL}_cd",
    dag_display_name="부적격 대출 모델 배포",
    description="도전자를 규칙에 따라 챔피언으로 올리고, 카나리 예측이 실패하면 되돌립니다",
    doc_md=DOC,
    schedule=None,
    start_date=START,
    catchup=False,
    # Training triggers this DAG and waits for it, which would never end if it were paused. It has no schedule anyway.
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
    default_args=task_defaults(),
    **notify(),
) as dag:
    run = "{{ dag.dag_id }} {{ run_id }}"
    version = decide("{{ params.version or '' }}", run)
    checked = canary(version)
    rolled_back = roll_back(
        "{{ ti.xcom_pull('decide') or '' }}",
        "{{ ti.xcom_pull(['decide', 'canary'], key='fault') | select | first | default('') }}",
        run,
    )
    promoted = promote(version, run)
    promoted >> checked
    [promoted, checked] >> rolled_back
