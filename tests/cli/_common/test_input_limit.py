import io
from pathlib import Path

import pytest

from mlopsctl.cli._common import import_export, input_limit, secret_input
from mlopsctl.core.errors import MlopsctlError


def test_content_up_to_the_limit_is_read() -> None:
    assert input_limit.read(io.BytesIO(b"abc"), "f", limit=3) == b"abc"
    assert input_limit.read(io.StringIO("äöü"), "f", limit=3) == "äöü"


def test_a_file_without_an_end_is_refused() -> None:
    with pytest.raises(MlopsctlError) as caught:
        import_export.read("/dev/zero")
    assert (caught.value.code, caught.value.message) == ("too-large", "/dev/zero is larger than 64 MiB.")
    with Path("/dev/zero").open(encoding="utf-8") as file, pytest.raises(MlopsctlError, match="larger than 1 MiB"):
        secret_input.from_file(file, "password")


def test_a_byte_order_mark_is_no_part_of_a_secret() -> None:
    file = io.StringIO("\ufeffhunter2\r\n")
    file.name = "password.txt"
    assert secret_input.from_file(file, "password") == "hunter2"
