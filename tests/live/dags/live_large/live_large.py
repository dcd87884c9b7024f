"""A large value that one task hands to the next: a frame of conf's `megabytes`, which no compression makes small."""

from typing import Any

import pendulum
from airflow.sdk import dag, get_current_context, task


def facts(frame: Any) -> dict[str, Any]:
    """What a frame is, its content in one checksum."""
    import hashlib

    from pandas.util import hash_pandas_object

    return {
        "megabytes": round(frame.memory_usage(deep=True).sum() / 1e6),
        "types": [str(kind) for kind in frame.dtypes],
        "sha256": hashlib.sha256(hash_pandas_object(frame, index=True).to_numpy().tobytes()).hexdigest(),
    }


@task
def make() -> Any:
    """A frame with random numbers, dates, text and a category. Facts about it are a separate XCom."""
    import numpy
    import pandas

    context = get_current_context()
    rows = round((context["dag_run"].conf or {}).get("megabytes", 40) * 1e6 / 8 / 20)
    rng = numpy.random.default_rng(1)
    frame = pandas.DataFrame(rng.random((rows, 19)), columns=[f"x{n}" for n in range(19)])
    frame["day"] = pandas.Timestamp("2024-01-01", tz="Asia/Seoul") + pandas.to_timedelta(numpy.arange(rows), unit="s")
    few = rng.integers(0, 3, rows)
    frame["area"] = pandas.Categorical.from_codes(few, ["도시", "근교", "시골"])
    context["ti"].xcom_push("facts", facts(frame))
    return frame


@task(multiple_outputs=False)
def take(frame: Any) -> dict[str, Any]:
    return facts(frame)


@dag(
    dag_id="live_large",
    schedule=None,
    start_date=pendulum.datetime(2023, 1, 1, tz="Asia/Seoul"),
    is_paused_upon_creation=False,
    tags=["live"],
)
def case() -> None:
    take(make())


case()
