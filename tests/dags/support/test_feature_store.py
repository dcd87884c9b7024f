"""What needs no server; tests/live covers transactions and frames."""

from pathlib import Path

from support import feature_store


def test_statement_is_the_text_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "count.sql"
    file.write_text("-- 신청\nSELECT COUNT(*) FROM t WHERE day = %(day)s\n", encoding="utf-8")
    assert feature_store.read_statement(file) == "-- 신청\nSELECT COUNT(*) FROM t WHERE day = %(day)s\n"
