"""Applications that follow a simple law, with what became of them; the same ones each time."""

from typing import Any

import numpy
import pandas


def frame(months: tuple[str, ...], a_month: int = 150) -> Any:
    """`a_month` rows for each month YYYYMM: features, base_dt, loan_status.

    Of those without a credit history three in five default.
    """
    dice = numpy.random.default_rng(7)
    rows = a_month * len(months)
    history = dice.choice([1.0, 0.0], rows, p=[0.77, 0.23])
    married = dice.choice(["Yes", "No"], rows)
    risk = numpy.where(history == 1, 0.08, 0.6) * numpy.where(married == "Yes", 0.8, 1.2)
    return pandas.DataFrame(
        {
            "base_dt": [f"{month}{1 + n % 28:02}" for month in months for n in range(a_month)],
            "applicant_id": [f"{n:010}" for n in range(rows)],
            "gender": dice.choice(["Male", "Female"], rows),
            "married": married,
            "family_dependents": dice.choice(["0", "1", "2", "3+"], rows),
            "education": dice.choice(["Graduate", "Not Graduate"], rows),
            "self_employed": dice.choice(["No", "Yes"], rows),
            "property_area": dice.choice(["Urban", "Rural", "Semiurban"], rows),
            "credit_history": history,
            "applicant_income": dice.integers(1000, 9000, rows),
            "coapplicant_income": dice.integers(0, 3000, rows),
            "loan_status": numpy.where(dice.random(rows) < risk, "Loan Default", "Creditworthy"),
        }
    )
