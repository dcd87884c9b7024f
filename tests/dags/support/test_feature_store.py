"""What needs no server; transactions and frames are driven by the pipelines in tests/live."""

from pathlib import Path

from support import feature_store


def test_a_statement_is_the_text_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "count.sql"
    file.write_text("-- 신청\nSELECT COUNT(*) FROM t WHERE day = %(day)s\n", encoding="utf-8")
    assert feature_store.sql(file) == "-- 신청\nSELECT COUNT(*) FROM t WHERE day = %(day)s\n"
