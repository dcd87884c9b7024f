"""A client of the Airflow of a context."""

from mlopsctl.adapters.airflow.rest.http import AirflowHttp
from mlopsctl.adapters.airflow.rest.remote import RemoteServer
from mlopsctl.core.contexts import Context

RETRY_FOR = 3.0  # seconds during which a GET is retried: what is between us and the server can fail, too


def connect(context: Context, *, retry_for: float = RETRY_FOR) -> AirflowHttp:
    return AirflowHttp(
        context.url,
        context.secret,
        context.home.secret("api-token"),
        retry_for=retry_for,
        username=context.username,
        login=context.login,
        remote=RemoteServer(context.name, context.ca),
    )
