"""The pages hold all there is to see, and fetch nothing."""

import re
from html.parser import HTMLParser
from typing import Any

from ineligible_loan_model.models import page, report, train
from ineligible_loan_model.models.window import window

from tests.dags.ineligible_loan_model.models import examples

MONTHS = window("20240501")
EXAMPLES = examples.frame((*MONTHS.training, *MONTHS.holdout))
MODEL = train.fit(EXAMPLES, MONTHS, "m")
METRICS = train.judge(MODEL, EXAMPLES, MONTHS, ("1.0.0", MODEL))
NUMBERS: dict[str, Any] = {
    "as_of": "20240708",
    "version": "1.1.0",
    "rows": 12,
    "weeks": [
        {"week": f"2024-01-{d:02}", "rows": 6, "predicted": 0.2, "observed": 0.3, "accuracy": 0.8, "brier": 0.1}
        for d in (1, 8)
    ],
    "recent_from": "20240610",
    "recent_to": "20240707",
    "recent_rows": 140,
    "drift": [{"feature": "applicant_income", "psi": 0.3, "reading": "moved"}],
}


class Check(HTMLParser):
    """Every element is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(content: bytes, plots: int) -> str:
    text = content.decode()
    parser = Check()
    parser.feed(text)
    assert parser.open == []
    assert parser.seen.count("svg") == plots
    assert not {"script", "link", "img", "iframe"} & set(parser.seen)
    fetched = re.findall(r"(?:src|href)=\"([^\"]*)\"|url\(([^)]*)\)", text)
    assert {(a or b)[0] for a, b in fetched} <= {"#"}  # plots refer to parts of themselves
    assert "<text" not in text  # letters are drawn
    return text


def test_the_page_of_a_model() -> None:
    text = check(page.render(MODEL.card, "1.1.0", METRICS), plots=2)
    for shown in ("m 1.1.0", "champion 1.0.0", "20230601 … 20231130, 900 rows", "20231201 … 20240131, 300 rows",
                  str(METRICS["brier"]), str(METRICS["top_decile_lift"]), "credit_history"):  # fmt: skip
        assert shown in text


def test_the_page_of_a_first_model_has_no_champion_beside_it() -> None:
    assert "champion" not in check(page.render(MODEL.card, "1.0.0", METRICS | {"champion": None}), plots=2)


def test_the_page_of_a_report() -> None:
    text = check(report.render("m", NUMBERS), plots=2)
    for shown in ("m: 20240708", "2024-01-08", "applicant_income", "moved"):
        assert shown in text


def test_the_same_figures_give_the_same_page() -> None:
    assert page.render(MODEL.card, "1.1.0", METRICS) == page.render(MODEL.card, "1.1.0", METRICS)
