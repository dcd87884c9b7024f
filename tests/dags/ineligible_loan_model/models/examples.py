"""Deterministic applications with outcomes that follow a simple rule."""

from typing import Any

import numpy
import pandas


def frame(months: tuple[str, ...], per_month: int = 150) -> Any:
    """Features, base_dt and loan_status of applications in the months (YYYYMM).

    Three in five applicants without a credit history default.
    """
    rng = numpy.random.default_rng(7)
    rows = per_month * len(months)
    history = rng.choice([1.0, 0.0], rows, p=[0.77, 0.23])
    married = rng.choice(["Yes", "No"], rows)
    risk = numpy.where(history == 1, 0.08, 0.6) * numpy.where(married == "Yes", 0.8, 1.2)
    return pandas.DataFrame(
        {
            "base_dt": [f"{month}{1 + n % 28:02}" for month in months for n in range(per_month)],
            "applicant_id": [f"{n:010}" for n in range(rows)],
            "gender": rng.choice(["Male", "Female"], rows),
            "married": married,
            "family_dependents": rng.choice(["0", "1", "2", "3+"], rows),
            "education": rng.choice(["Graduate", "Not Graduate"], rows),
            "self_employed": rng.choice(["No", "Yes"], rows),
            "property_area": rng.choice(["Urban", "Rural", "Semiurban"], rows),
            "credit_history": history,
            "applicant_income": rng.integers(1000, 9000, rows),
            "coapplicant_income": rng.integers(0, 3000, rows),
            "loan_status": numpy.where(rng.random(rows) < risk, "Loan Default", "Creditworthy"),
        }
    )
