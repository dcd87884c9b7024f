"""The default range of the exam data against the statistics of the public loan data, as they were published."""

from collections.abc import Iterator
from typing import Any

import pytest

from mlopsctl.adapters.mariadb.client import Session
from mlopsctl.operations.seed.profile import DEFAULT_SEED
from tests.live.conftest import LivePlatform

pytestmark = pytest.mark.live

FIRST, LAST, REFERENCE_LAST = "20230601", "20251231", "20231130"
SEED_OPTIONS = (
    "--from",
    "2023-06-01",
    "--to",
    "2025-12-31",
    "--scale",
    "1",
    "--seed",
    str(DEFAULT_SEED),
    "--drift",
    "none",
)
APPLICATIONS = f"mlops.loan_applicant_info WHERE applicant_date BETWEEN '{FIRST}' AND '{LAST}'"
# With the defaults that are known on the last day.
LABELLED = (
    "mlops.loan_applicant_info a LEFT JOIN mlops.loan_default_account d ON d.loan_account_id = a.loan_account_id AND "
    f"d.registration_date <= '{LAST}' WHERE a.applicant_date BETWEEN '{FIRST}' AND '{LAST}'"
)
DEFAULTED = "d.loan_account_id IS NOT NULL"
# Trained on 2023-06 … 2024-12; tested on 2025-01 … 2025-09, whose defaults are all known on 2025-12-31.
TRAINED_TO, TESTED_TO = "20241231", "20250930"

Wanted = tuple[str, float, float]  # an expression in SQL, its target and the tolerance


@pytest.fixture(scope="module")
def session(platform: LivePlatform) -> Iterator[Session]:
    """The default range with the default profile."""
    assert platform.json("seed", *SEED_OPTIONS, "--dirt", "0", "--yes")["data"]["days"] == 945
    with platform.features.session() as session:
        yield session


def figures(session: Session, source: str, expressions: list[str]) -> list[float]:
    return [float(value) for value in session.query(f"SELECT {', '.join(expressions)} FROM {source}")[0]]


def off(session: Session, source: str, wanted: list[Wanted]) -> dict[str, tuple[float, float, float]]:
    """What is off its target by more than its tolerance: the figure, the target, the tolerance."""
    found = figures(session, source, [expression for expression, *_ in wanted])
    return {
        expression: (value, target, tolerance)
        for value, (expression, target, tolerance) in zip(found, wanted, strict=True)
        if not abs(value - target) <= tolerance
    }


def quartiles(session: Session, column: str, shares: tuple[float, ...], where: str = "TRUE") -> list[float]:
    columns = [f"PERCENTILE_CONT({share}) WITHIN GROUP (ORDER BY {column}) OVER ()" for share in shares]
    return figures(session, f"{APPLICATIONS} AND {where} LIMIT 1", columns)


def test_the_number_of_applications_per_day(session: Session) -> None:
    days = f"(SELECT applicant_date, COUNT(*) n FROM {APPLICATIONS} GROUP BY applicant_date) x"
    assert not off(
        session,
        days,
        [
            ("COUNT(*)", 945, 0),
            ("AVG(n)", 5.0, 0.1),
            (f"AVG(IF(applicant_date <= '{REFERENCE_LAST}', n, NULL))", 5.4, 0.15),
            ("MIN(n)", 1, 0),
            ("MAX(n)", 13.5, 1.5),
        ],
    )


def test_proportions(session: Session) -> None:
    rare = {480: 0.025, 300: 0.022, 240: 0.007, 84: 0.008, 36: 0.004, 120: 0.005, 60: 0.004, 12: 0.002}
    wanted: list[Wanted] = [
        ("AVG(property_area = 'Semiurban')", 0.36, 0.02),
        ("AVG(property_area = 'Urban')", 0.35, 0.02),
        ("AVG(property_area = 'Rural')", 0.29, 0.02),
        ("AVG(credit_history = 1)", 0.77, 0.02),
        ("AVG(credit_history = 0)", 0.23, 0.02),
        ("AVG(loan_amount_term <=> 360)", 0.83, 0.02),
        ("AVG(loan_amount_term <=> 180)", 0.07, 0.01),
        ("AVG(loan_amount_term IS NULL)", 0.023, 0.007),
        ("AVG(loan_amount IS NULL)", 0.028, 0.007),
        ("AVG(coapplicant_income = 0)", 0.45, 0.02),
        ("AVG(applicant_income > 12800)", 0.05, 0.01),
    ]
    wanted += [(f"AVG(loan_amount_term <=> {term})", share, 0.006) for term, share in rare.items()]
    assert not off(session, APPLICATIONS, wanted)


def test_quartiles_of_incomes_and_amounts(session: Session) -> None:
    near = pytest.approx
    assert quartiles(session, "loan_amount", (0.25, 0.5, 0.75), "loan_amount IS NOT NULL") == near(
        [100, 126, 161], 0.04
    )
    assert quartiles(session, "applicant_income", (0.25, 0.5, 0.75)) == near([2875, 3833, 5417], 0.05)
    assert quartiles(session, "coapplicant_income", (0.5, 0.75)) == [near(1040, 0.15), near(2340, 0.06)]
    assert figures(session, APPLICATIONS, ["MAX(applicant_income)"])[0] == near(81_000, 0.1)


def test_amounts_correlate_with_incomes_and_incomes_with_customers(session: Session) -> None:
    ranks = (
        "(SELECT PERCENT_RANK() OVER (ORDER BY applicant_income) i, PERCENT_RANK() OVER (ORDER BY loan_amount) a "
        f"FROM {APPLICATIONS} AND loan_amount IS NOT NULL) x"
    )
    correlation = "(AVG(i * a) - AVG(i) * AVG(a)) / (STDDEV_POP(i) * STDDEV_POP(a))"
    assert figures(session, ranks, [correlation])[0] > 0.5
    everyone = figures(session, APPLICATIONS, ["VAR_POP(LN(applicant_income))"])[0]
    each = f"(SELECT VAR_SAMP(LN(applicant_income)) v FROM {APPLICATIONS} GROUP BY cust_id HAVING COUNT(*) > 1) x"
    assert 0 < figures(session, each, ["AVG(v)"])[0] < everyone / 5


def test_default_rates(session: Session) -> None:
    rates = [
        ("credit_history = 0", 0.575, 0.04),
        ("credit_history = 1", 0.107, 0.02),
        ("property_area = 'Rural'", 0.274, 0.03),
        ("property_area = 'Urban'", 0.204, 0.03),
        ("property_area = 'Semiurban'", 0.179, 0.03),
    ]
    wanted = [(f"AVG(IF({group}, {DEFAULTED}, NULL))", rate, tolerance) for group, rate, tolerance in rates]
    assert not off(session, LABELLED, [(f"AVG({DEFAULTED})", 0.215, 0.015), *wanted])


def test_delay_of_the_registration_of_defaults(session: Session) -> None:
    delay = "DATEDIFF(d.registration_date, a.applicant_date)"
    months = "SUBSTR(a.applicant_date, 1, 6)"
    assert figures(session, LABELLED, [f"MIN({delay})", f"MAX({delay})"]) == [0, 89]
    median = f"PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY {delay}) OVER ()"
    assert figures(session, f"{LABELLED} AND {DEFAULTED} LIMIT 1", [median])[0] == pytest.approx(44, abs=3)
    early, late = figures(
        session, LABELLED, [f"AVG(IF({months} <= '202509', {DEFAULTED}, NULL))",
                            f"AVG(IF({months} = '202512', {DEFAULTED}, NULL))"],
    )  # fmt: skip
    assert late < early / 2


@pytest.mark.parametrize("day", [FIRST, "20240901", LAST])
def test_proportions_of_customers_are_constant(session: Session, day: str) -> None:
    customers = (
        "(SELECT c.*, COUNT(f.family_cust_id) n FROM mlops.cust_info c LEFT JOIN mlops.family_info f "
        f"USING (base_dt, cust_id) WHERE c.base_dt = '{day}' GROUP BY c.cust_id) x"
    )
    assert not off(
        session,
        customers,
        [
            ("COUNT(*)", 1640, 0),
            ("AVG(gender = 'Male')", 0.80, 0.02),
            ("AVG(married = 'Yes')", 0.65, 0.02),
            ("AVG(education = 'Graduate')", 0.78, 0.02),
            ("AVG(self_employed = 'Yes')", 0.14, 0.02),
            ("AVG(n = 0)", 0.58, 0.02),
            ("AVG(n = 1)", 0.17, 0.02),
            ("AVG(n = 2)", 0.16, 0.02),
            ("AVG(n >= 3)", 0.09, 0.02),
        ],
    )


def test_customers_change_slowly(session: Session) -> None:
    """Over two and a half years some marry, divorce, change their job or have children, but almost nobody from one day
    to the next. Gender and education never change."""
    pair = "mlops.cust_info a JOIN mlops.cust_info b USING (cust_id) WHERE a.base_dt = '{}' AND b.base_dt = {}"
    changes = [f"AVG(a.{column} <> b.{column})" for column in ("gender", "education", "married", "self_employed")]
    gender, education, married, work = figures(session, pair.format(FIRST, f"'{LAST}'"), changes)
    assert (gender, education) == (0, 0)
    assert 0.02 < married < 0.10
    assert 0.08 < work < 0.25
    days = "(SELECT base_dt, DATE_FORMAT(base_dt + INTERVAL 1 DAY, '%Y%m%d') next FROM mlops_meta.seed_days WHERE "
    days += "base_dt BETWEEN '20240101' AND '20240331') d JOIN mlops.cust_info a ON a.base_dt = d.base_dt "
    days += "JOIN mlops.cust_info b ON b.base_dt = d.next AND b.cust_id = a.cust_id"
    a_day = figures(session, days, ["COUNT(*)", *changes])
    assert a_day[0] == 91 * 1640
    assert 0 < max(a_day[3:]) < 0.001


def test_family_members_keep_their_ids(session: Session) -> None:
    members = "mlops.family_info WHERE base_dt BETWEEN '20230601' AND '20251231' GROUP BY family_cust_id"
    inner = f"(SELECT COUNT(DISTINCT cust_id, living_together) n, COUNT(*) days FROM {members}) x"
    n, shortest, longest = figures(session, inner, ["MAX(n)", "MIN(days)", "MAX(days)"])
    assert n == 1
    assert shortest < 945 == longest


def test_the_customer_of_an_application_exists_on_its_day(session: Session) -> None:
    orphans = (
        "mlops.loan_applicant_info a LEFT JOIN mlops.cust_info c ON c.base_dt = a.applicant_date AND "
        f"c.cust_id = a.cust_id WHERE a.applicant_date BETWEEN '{FIRST}' AND '{LAST}' AND c.cust_id IS NULL"
    )
    assert figures(session, orphans, ["COUNT(*)"]) == [0]


def examples(session: Session, first: str, last: str) -> tuple[Any, Any]:
    """The features of the applications from `first` to `last`, and whether each defaulted."""
    import numpy

    features = (
        "c.gender = 'Male'", "c.married = 'Yes'", "c.education = 'Graduate'", "c.self_employed = 'Yes'",
        "LEAST(3, (SELECT COUNT(*) FROM mlops.family_info f WHERE f.base_dt = c.base_dt AND f.cust_id = c.cust_id))",
        "LN(applicant_income)", "LN(1 + coapplicant_income)", "coapplicant_income = 0", "LN(IFNULL(loan_amount, 126))",
        "IFNULL(loan_amount_term, 360)", "credit_history", "property_area = 'Rural'", "property_area = 'Urban'",
    )  # fmt: skip
    sql = (
        f"SELECT {DEFAULTED}, {', '.join(features)} FROM mlops.loan_applicant_info a "
        "JOIN mlops.cust_info c ON c.base_dt = a.applicant_date AND c.cust_id = a.cust_id "
        "LEFT JOIN mlops.loan_default_account d ON d.loan_account_id = a.loan_account_id "
        f"AND d.registration_date <= '{LAST}' WHERE a.applicant_date BETWEEN %s AND %s"
    )
    rows = numpy.array(session.query(sql, (first, last)), dtype=float)
    return rows[:, 1:], rows[:, 0]


def test_a_logistic_regression_is_as_good_as_published(session: Session) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(*examples(session, FIRST, TRAINED_TO))
    features, defaulted = examples(session, "20250101", TESTED_TO)
    assert len(defaulted) > 1200
    assert (model.predict(features) == defaulted).mean() >= 0.83
    risk = model.predict_proba(features)[:, 1]
    riskiest = (-risk).argsort()[: len(risk) // 10]
    assert defaulted[riskiest].mean() / defaulted.mean() >= 3.0
