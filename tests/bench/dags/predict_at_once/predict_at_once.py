"""Sixteen predictions that are in memory at the same time. For tests/bench/builds.py."""

import time
from pathlib import Path

from airflow.sdk import DAG, task

MODEL = "ineligible_loan_model"
DAYS = [f"202403{day:02}" for day in range(1, 17)]


@task
def predict(day: str, folder: str) -> None:
    """Predict as ineligible_loan_model does, report that in the folder, and end when there is a file `go`."""
    import ineligible_loan_model
    from ineligible_loan_model.models import artifact_store, registry
    from support import feature_store

    champion = registry.current_champion(MODEL)
    assert champion
    model = artifact_store.load_version(MODEL, champion)
    sql = Path(ineligible_loan_model.__file__).parent / "sql"
    features = feature_store.fetch_frame(sql / "read_features.sql", {"day": day})
    probabilities = model.predict_probability(features)
    Path(folder, day).write_text(str(len(probabilities)))
    deadline = time.monotonic() + 300
    while not Path(folder, "go").exists():
        if time.monotonic() > deadline:
            raise TimeoutError("the others have not predicted")
        time.sleep(0.1)


with DAG(dag_id="predict_at_once", schedule=None, params={"folder": "/tmp"}) as dag:
    predict.partial(folder="{{ params.folder }}").expand(day=DAYS)
