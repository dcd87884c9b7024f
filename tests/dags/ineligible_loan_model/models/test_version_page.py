"""The page of a model version."""

from dataclasses import replace

from ineligible_loan_model.models import train, version_page
from ineligible_loan_model.models.training_window import training_window

from tests.dags.ineligible_loan_model.models import examples
from tests.dags.ineligible_loan_model.models.page_check import check_page

WINDOW = training_window("20240501")
EXAMPLES = examples.frame((*WINDOW.training, *WINDOW.holdout))
MODEL = train.fit(EXAMPLES, WINDOW, "m")
METRICS = train.evaluate(MODEL, EXAMPLES, WINDOW, ("1.0.0", MODEL))


def test_page_shows_training_metrics_and_champion() -> None:
    text = check_page(version_page.render(MODEL.card, "1.1.0", METRICS), plots=2)
    for value in ("m 1.1.0", "champion 1.0.0", "20230601 … 20231130, 900 rows", "20231201 … 20240131, 300 rows",
                  str(METRICS["brier"]), str(METRICS["top_decile_lift"]), "credit_history"):  # fmt: skip
        assert value in text


def test_page_of_the_first_version_has_no_champion() -> None:
    page = version_page.render(MODEL.card, "1.0.0", METRICS | {"champion": None})
    assert "champion" not in check_page(page, plots=2)


def test_values_are_escaped() -> None:
    page = version_page.render(replace(MODEL.card, features=("<b>",)), "<i>", METRICS)
    text = check_page(page, plots=2)
    assert "&lt;b&gt;" in text and "<b>" not in text
    assert "&lt;i&gt;" in text and "<i>" not in text


def test_page_is_deterministic() -> None:
    pages = {version_page.render(MODEL.card, "1.1.0", METRICS) for _ in range(2)}
    assert len(pages) == 1
