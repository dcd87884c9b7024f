import pytest

from mlopsctl.core.masking import mask_argv, mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mysql://mlops:s3cret@127.0.0.1:3306/mlops", "mysql://mlops:***@127.0.0.1:3306/mlops"),
        ("postgresql+psycopg2://u:s3cret@/airflow?host=%2Frun", "postgresql+psycopg2://u:***@/airflow?host=%2Frun"),
        ("https://u:s3@cret@host/x and ftp://a:s3cret@b", "https://u:***@host/x and ftp://a:***@b"),
        ("http://127.0.0.1:8080/api/v2/dags", "http://127.0.0.1:8080/api/v2/dags"),
        ("Authorization: Bearer s3cret", "Authorization: Bearer ***"),
        ("{'authorization': 'Basic czNjcmV0'}", "{'authorization': 'Basic ***'}"),
        ("sent Bearer s3cret.x-y_z", "sent Bearer ***"),
        ("token eyJhbGciOi.eyJzdWIiOi.s3cret-_x", "token ***"),
        ("PGPASSWORD=s3cret psql", "PGPASSWORD=*** psql"),
        ('{"password": "s3 cret", "login": "kim"}', '{"password": ***, "login": "kim"}'),
        ("/x?token=s3cret&limit=1", "/x?token=***&limit=1"),
        ("fernet_key = s3cret", "fernet_key = ***"),
        ("CREATE ROLE a PASSWORD 's3''cret' LOGIN", "CREATE ROLE a PASSWORD '***' LOGIN"),
        ("ALTER USER x IDENTIFIED BY 's3cret'", "ALTER USER x IDENTIFIED BY '***'"),
        ("--pwfile=/h/postgres/superuser-password", "--pwfile=/h/postgres/superuser-password"),
        ("password_file=/h/secrets/x", "password_file=/h/secrets/x"),
        ("31 runs of data_extract_pipeline", "31 runs of data_extract_pipeline"),
    ],
)
def test_secrets_in_text_are_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    ("argv", "masked"),
    [
        (["psql", "-U", "airflow"], ["psql", "-U", "airflow"]),
        (["x", "--password", "s3cret", "-v"], ["x", "--password", "***", "-v"]),
        (["x", "--conn-password", "s3cret"], ["x", "--conn-password", "***"]),
        (["x", "--api-token=s3cret"], ["x", "--api-token=***"]),
        (["x", "--password-file", "/h/x"], ["x", "--password-file", "/h/x"]),
        (["x", "--password", "-s3cret"], ["x", "--password", "***"]),
        (["x", "--conn-uri", "mysql://u:s3cret@h/db"], ["x", "--conn-uri", "mysql://u:***@h/db"]),
        ([1, "a b"], ["1", "a b"]),
    ],
)
def test_secrets_in_arguments_are_masked(argv: list[object], masked: list[str]) -> None:
    assert mask_argv(argv) == masked
