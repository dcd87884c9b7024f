"""Tasks that use what was imported before the scheduler forked: OpenMP, OpenBLAS, Arrow, Matplotlib, random numbers."""

import pendulum
from airflow.sdk import Variable, dag, task


@dag(
    schedule=None,
    start_date=pendulum.datetime(2024, 1, 1, tz="Asia/Seoul"),
    catchup=False,
    description=Variable.get("live_description", default="no variable"),  # asked for when the file is parsed
)
def live_preload() -> None:
    @task
    def fit() -> dict[str, float]:
        """In parallel processes, then in threads."""
        import joblib
        import numpy as np
        from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

        generator = np.random.default_rng(1)
        rows = generator.normal(size=(2000, 20))
        labels = rows[:, 0] > 0
        with joblib.parallel_backend("loky", n_jobs=2):
            forest = RandomForestClassifier(n_estimators=20, n_jobs=2).fit(rows, labels)
        boosted = HistGradientBoostingClassifier(max_iter=20).fit(rows, labels)
        return {"forest": forest.score(rows, labels), "boosted": boosted.score(rows, labels)}

    @task
    def multiply() -> float:
        import numpy as np

        return float((np.ones((900, 900)) @ np.ones((900, 900)))[0, 0])

    @task
    def read() -> list[int]:
        import io

        import pandas as pd

        buffer = io.BytesIO()
        pd.DataFrame({"a": range(50_000)}).to_parquet(buffer)
        buffer.seek(0)
        return [int(pd.read_parquet(buffer)["a"].sum()), len(pd.read_parquet(buffer))]

    @task
    def plot() -> int:
        import io

        from matplotlib.figure import Figure

        figure, buffer = Figure(), io.BytesIO()
        figure.subplots().plot(range(100))
        figure.savefig(buffer, format="png")
        return len(buffer.getvalue())

    @task
    def draw(number: int) -> list[float]:
        """Numbers of NumPy's global generator and of Python's."""
        import random

        import numpy as np

        return [float(np.random.rand()), random.random()]

    fit()
    multiply()
    read()
    plot()
    draw.expand(number=[1, 2])


live_preload()
