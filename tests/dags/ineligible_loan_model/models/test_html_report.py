"""Rendering HTML pages."""

import pytest
from ineligible_loan_model.models import html_report
from jinja2 import UndefinedError

from tests.dags.ineligible_loan_model.models.page_check import check_page


def test_values_are_escaped_and_plots_are_not() -> None:
    figure, _ = html_report.new_plot("title", "x", "y")
    page = html_report.render("base.html", title="<script>alert(1)</script> & 'quotes'")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#39;quotes&#39;" in check_page(page, plots=0)
    assert html_report.to_svg(figure).startswith("<svg")


def test_missing_value_raises() -> None:
    with pytest.raises(UndefinedError):
        html_report.render("base.html")
