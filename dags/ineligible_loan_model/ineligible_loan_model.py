"""Daily prediction: the champion predicts, for each of the day's applications, the probability of default."""

import logging
from pathlib import Path

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from support import feature_store
from support.alerts import notify
from support.commands import mlopsctl_command
from support.days import START, base_dt_param, data_day, interval_schedule
from support.defaults import task_defaults
from support.files import near_files

MODEL = "ineligible_loan_model"
SQL = Path(__file__).parent / "sql"
log = logging.getLogger(__name__)

DOC = """
### 부적격 대출 예측 (매일 04:00)

하루 동안 들어온 대출 신청마다 연체 확률을 예측하여 `mlops.ineligible_loan_model_result`에 씁니다.
`predict`가 1이면 연체가 예상되는 신청이고, `probability`는 90일 안에 연체할 확률입니다.

1. **extract** 그날의 신청을 예측 대상으로 정합니다 (`recipe.recipe_target_applicants`).
2. **validate** 원천 데이터를 검증합니다. 신청이 없는 날은 이유를 남기고 건너뜁니다(성공).
   규칙을 어긴 행이 있으면 실패하며, 그 행들은 `mlops_meta.validation_failures`에 남습니다.
3. **prepare** 특성을 만들고(`mlops.ineligible_loan_model_features`), 챔피언 모델의 버전을 정합니다.
4. **predict** 그 버전으로 예측합니다. 하루의 예측은 한 트랜잭션으로 교체되므로 몇 번을 다시 실행해도 결과가 같습니다.

실행(run)의 날짜가 곧 데이터의 날짜입니다: 2024-01-01의 run은 다음 날 04:00에 시작되어 1월 1일의 신청을 예측합니다.
챔피언이 아직 없으면 먼저 `mlopsctl trigger ineligible_loan_model_ct --unpause --wait`로 학습하세요.
"""


@task(task_display_name="대상 추출", do_xcom_push=False)
def extract(day: str) -> None:
    """Select the applications to predict, and delete predictions of applications that no longer exist."""
    files = ("delete_targets.sql", "insert_targets.sql", "delete_stale_predictions.sql")
    feature_store.execute(*(SQL / file for file in files), parameters={"day": day})


@task(task_display_name="데이터 검증", do_xcom_push=False)
def validate(day: str) -> None:
    """Fail if the data are invalid, and skip a day without applications. Failures: mlops_meta.validation_failures."""
    from ineligible_loan_model import validation

    failures = validation.validate(day, day)
    if not count_targets(day) and validation.SCHEMA not in failures:
        cause = "although its customers have" if validation.MISSING_DAY in failures else "and neither have customers"
        raise AirflowSkipException(f"No applications of {day} have been loaded, {cause}: nothing to predict.")
    if failures:
        raise AirflowFailException(validation.describe(failures, day, day))


@task(task_display_name="특성 준비")
def prepare(day: str) -> str:
    """Build the features. Return the champion, so that every try of `predict` uses the same version."""
    from ineligible_loan_model import features
    from ineligible_loan_model.models import registry

    champion = registry.current_champion(MODEL)
    if not champion:
        command = mlopsctl_command(f"trigger {MODEL}_ct --unpause --wait")
        raise AirflowFailException(f"{MODEL} has no champion yet. Train one with `{command}`, then re-run {day}.")
    built, targets = features.build(day, day), count_targets(day)
    if built != targets:
        raise AirflowFailException(
            f"{day} had {targets} applications when this run started, but has {built} now. Re-run the day."
        )
    return champion


@task(task_display_name="예측", do_xcom_push=False, **near_files())
def predict(day: str, version: str) -> None:
    """Replace the day's predictions."""
    from ineligible_loan_model.models import artifact_store
    from ineligible_loan_model.models.model_card import THRESHOLD

    try:
        model = artifact_store.load_version(MODEL, version)
    except artifact_store.ArtifactError as e:
        raise AirflowFailException(str(e)) from None
    features = feature_store.fetch_frame(SQL / "read_features.sql", {"day": day})
    rows = [
        {"day": day, "applicant_id": applicant, "predict": int(p >= THRESHOLD), "probability": float(p)}
        for applicant, p in zip(features["applicant_id"], model.predict_probability(features), strict=True)
    ]
    with feature_store.transaction() as cursor:
        cursor.execute(feature_store.read_statement(SQL / "delete_predictions.sql"), {"day": day})
        cursor.executemany(feature_store.read_statement(SQL / "insert_prediction.sql"), rows)
    log.info("%d predictions of %s by %s %s", len(rows), day, MODEL, version)


def count_targets(day: str) -> int:
    """The number of applications selected by `extract`."""
    return int(feature_store.fetch_value(SQL / "count_targets.sql", {"day": day}))


with DAG(
    dag_id=MODEL,
    dag_display_name="부적격 대출 예측",
    description="하루의 대출 신청마다 연체 확률을 예측합니다: 추출 → 검증 → 준비 → 예측",
    doc_md=DOC,
    schedule=interval_schedule("0 4 * * *"),
    start_date=START,
    catchup=False,
    tags=["mlops", "loan", "prediction"],
    params=base_dt_param(),
    user_defined_macros={"data_day": data_day},
    default_args=task_defaults(),
    **notify(),
) as dag:
    day = "{{ data_day(dag_run, params) }}"
    version = prepare(day)
    extract(day) >> validate(day) >> version >> predict(day, version)
