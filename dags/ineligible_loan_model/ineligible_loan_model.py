"""Which of a day's loans will default: the champion's prediction for each application, every day at 04:00 in Seoul."""

import logging
import os
import shlex
from pathlib import Path

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from support import feature_store
from support.alerts import notify
from support.days import START, data_day, day_param, intervals
from support.defaults import defaults

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


def statement(name: str) -> str:
    return feature_store.sql(SQL / f"{name}.sql")


@task(task_display_name="대상 추출", do_xcom_push=False)
def extract(day: str) -> None:
    """Settle who is to be judged, and forget predictions of applications that are gone."""
    names = ("delete_targets", "targets", "delete_gone")
    feature_store.execute(*map(statement, names), parameters={"day": day})


@task(task_display_name="데이터 검증", do_xcom_push=False)
def validate(day: str) -> None:
    """Go on with sound data only. What is wrong stands in mlops_meta.validation_failures."""
    from ineligible_loan_model import validation

    found = validation.validate(day, day)
    if not targets_of(day) and validation.SCHEMA not in found:
        why = "though its customers have arrived" if validation.MISSING_DAY in found else "and nothing else of it"
        raise AirflowSkipException(f"There are no applications on {day}, {why}: nothing to predict.")
    if found:
        raise AirflowFailException(validation.sentence(found, day, day))


@task(task_display_name="특성 준비")
def prepare(day: str) -> str:
    """Make the features; the version of the champion, so that a second try of `predict` uses the same model."""
    from ineligible_loan_model import features
    from ineligible_loan_model.models import registry

    champion = registry.champion(MODEL)
    if not champion:
        raise AirflowFailException(
            f"{MODEL} has no champion yet: train one with `{mlopsctl()} trigger {MODEL}_ct --unpause --wait`, "
            f"then run {day} again."
        )
    built, targets = features.build(day, day), targets_of(day)
    if built != targets:
        raise AirflowFailException(
            f"{day} had {targets} applications when this run began and has {built} now: run the day again."
        )
    return champion


def mlopsctl() -> str:
    """The command of the home that this Airflow is of."""
    home = os.environ.get("MLOPSCTL_HOME")
    return f"mlopsctl --home {shlex.quote(home)}" if home else "mlopsctl"


@task(task_display_name="예측", do_xcom_push=False)
def predict(day: str, version: str) -> None:
    """Replace the day's predictions."""
    from ineligible_loan_model.models import store
    from ineligible_loan_model.models.card import THRESHOLD

    try:
        model = store.load(MODEL, version)
    except store.StoreError as e:
        raise AirflowFailException(str(e)) from None
    features = feature_store.frame(statement("read_features"), {"day": day})
    rows = [
        {"day": day, "applicant_id": applicant, "predict": int(chance >= THRESHOLD), "probability": float(chance)}
        for applicant, chance in zip(features["applicant_id"], model.probability(features), strict=True)
    ]
    with feature_store.transaction() as cursor:
        cursor.execute(statement("delete_predictions"), {"day": day})
        cursor.executemany(statement("insert_prediction"), rows)
    log.info("%d predictions of %s by %s %s", len(rows), day, MODEL, version)


def targets_of(day: str) -> int:
    """How many applications `extract` found."""
    return int(feature_store.rows(statement("count_targets"), {"day": day})[0][0])


with DAG(
    dag_id=MODEL,
    dag_display_name="부적격 대출 예측",
    description="하루의 대출 신청마다 연체 확률을 예측합니다: 추출 → 검증 → 준비 → 예측",
    doc_md=DOC,
    schedule=intervals("0 4 * * *"),
    start_date=START,
    catchup=False,
    tags=["mlops", "loan", "prediction"],
    params=day_param(),
    user_defined_macros={"data_day": data_day},
    default_args=defaults(),
    **notify(),
) as dag:
    day = "{{ data_day(dag_run, params) }}"
    version = prepare(day)
    extract(day) >> validate(day) >> version >> predict(day, version)
