"""Compare the model of `ineligible_loan_model_ct` with alternatives on held-out months of the default exam data.

    python -m tests.bench.model [--home DIR] [--folder DIR]

For every month from 2023-12 to 2025-08, as the pipeline does it: trained on the six months before, evaluated on that
month and the next. The last line of each model covers all rows, each evaluated once, by the model of the month
before. `all rows` is trained on all rows, including those it is evaluated on: an upper bound. The home is created for
the measurement and removed afterwards. With --home a running one is used, and the same rows are written to its table
of features.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from mlopsctl.adapters.mariadb.client import MariaDB
from tests.bench.measure import CHECKOUT
from tests.bench.seed_home import Range, SeedHome, seed_home

sys.path.insert(0, str(CHECKOUT / "dags"))
DAYS = Range(date(2023, 6, 1), date(2025, 12, 31))
LAST_HELD = "202509"  # the defaults of later months are not all known on the last day
ACCURACY, LIFT = 0.83, 3.0
SQL = CHECKOUT / "dags" / "ineligible_loan_model" / "sql"
LABELS = """
SELECT f.*, IF(d.loan_account_id IS NULL, 'Creditworthy', 'Loan Default') AS loan_status
  FROM mlops.ineligible_loan_model_features f JOIN mlops.loan_applicant_info a USING (applicant_id)
  LEFT JOIN mlops.loan_default_account d ON d.loan_account_id = a.loan_account_id AND d.registration_date <= '20251231'
 WHERE f.base_dt BETWEEN '20230601' AND '20251231' ORDER BY f.base_dt, f.applicant_id
"""
COLUMNS = (
    "base_dt", "applicant_id", "gender", "married", "family_dependents", "education", "self_employed",
    "applicant_income", "coapplicant_income", "loan_amount", "loan_amount_term", "credit_history", "property_area",
    "loan_status",
)  # fmt: skip


def examples(database: MariaDB) -> Any:
    """All applications of the default range with their labels, through the pipeline's own statement for features."""
    from pandas import DataFrame

    with database.session() as session:
        for file in ("delete_features.sql", "insert_features.sql"):
            statement = (SQL / file).read_text(encoding="utf-8")
            session.run(statement.replace("%(start)s", "'20230601'").replace("%(end)s", "'20251231'"))
        return DataFrame.from_records(session.query(LABELS), columns=COLUMNS, coerce_float=True)


def rivals() -> dict[str, Callable[[], Any]]:
    """Unfitted pipelines by name. The first is the one that is used."""
    from ineligible_loan_model.models import pipeline
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.pipeline import make_pipeline

    amount = (*pipeline.AMOUNTS, "loan_amount")

    def other(classifier: Any) -> Any:
        return make_pipeline(pipeline.build(amount)[0], classifier)

    return {
        "regression": pipeline.build,
        "  C = 0.1": lambda: pipeline.build(c=0.1),
        "  C = 1": lambda: pipeline.build(c=1),
        "  with loan_amount": lambda: pipeline.build(amount),
        "  and its term": lambda: pipeline.build((*amount, "loan_amount_term")),
        "boosted trees": lambda: other(HistGradientBoostingClassifier(max_iter=60, max_depth=3, learning_rate=0.05)),
        "random forest": lambda: other(RandomForestClassifier(300, min_samples_leaf=8, random_state=1)),
    }


def measure(name: str, build: Callable[[], Any], rows: Any, everything: bool = False) -> dict[str, float]:
    """The figures of all windows, printed; those over all rows, each judged once."""
    import numpy
    from ineligible_loan_model.models import train
    from ineligible_loan_model.models.metrics import compute_metrics

    month, defaulted = train.application_months(rows), train.default_labels(rows)
    months = sorted(set(month))
    windows, once = [], []
    for first in range(6, months.index(LAST_HELD)):
        trained = numpy.ones(len(rows), bool) if everything else month.isin(months[first - 6 : first]).to_numpy()
        held = month.isin(months[first : first + 2]).to_numpy()
        fitted = build().fit(rows[trained], defaulted[trained])
        probability = fitted.predict_proba(rows[held])[:, 1]
        windows.append(compute_metrics(defaulted[held], probability))
        next_month = (month[held] == months[first]).to_numpy()
        once.append((defaulted[held][next_month], probability[next_month]))
    pooled = compute_metrics(*(numpy.concatenate(parts) for parts in zip(*once, strict=True)))
    accuracy, lift = ([window[key] for window in windows] for key in ("accuracy", "top_decile_lift"))
    print(
        f"{name:<20} {pooled['accuracy']:.4f} {pooled['top_decile_lift']:6.2f} {pooled['roc_auc']:.4f} "
        f"{pooled['brier']:.4f}   {min(accuracy):.3f} {sorted(accuracy)[len(accuracy) // 2]:.3f} "
        f"{sum(a >= ACCURACY for a in accuracy):2}   {min(lift):.2f} {sorted(lift)[len(lift) // 2]:.2f} "
        f"{sum(value >= LIFT for value in lift):2}   of {len(windows)}",
        flush=True,
    )
    return {"accuracy": pooled["accuracy"], "lift": pooled["top_decile_lift"]}


@contextmanager
def running(home: Path | None, folder: Path | None) -> Iterator[SeedHome]:
    if home:
        yield SeedHome(home)
        return
    with seed_home(folder, CHECKOUT / "tests/bench/dags") as made:
        made.seed(DAYS)
        yield made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--folder", type=Path, help="where the home is made; default: the temporary folder")
    given = parser.parse_args()
    with running(given.home, given.folder) as home:
        rows = examples(home.server.features)
    print(f"{len(rows)} applications; accuracy ≥ {ACCURACY} and lift ≥ {LIFT} are asked for\n")
    print(f"{'':<20} over all rows                  by window: accuracy    top-decile lift")
    print(f"{'':<20} acc.     lift    AUC  Brier   min   med   ≥    min  med   ≥")
    candidates = rivals()
    found = [measure(name, build, rows) for name, build in candidates.items()]
    measure("  all rows", next(iter(candidates.values())), rows, everything=True)
    good = found[0]["accuracy"] >= ACCURACY and found[0]["lift"] >= LIFT
    print(f"\nregression: {'ok' if good else 'NOT GOOD ENOUGH'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
