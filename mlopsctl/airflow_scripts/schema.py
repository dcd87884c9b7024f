"""Run by the managed Airflow's Python: the tables of the metadata database and of the auth manager.

Reads JSON from stdin: {"drop": whether to drop all tables}. Prints JSON: {"pending": whether migrations are missing,
"revision": the revision of the database, or null}.
"""

import json
import sys

from airflow.utils import db
from airflow.utils.session import create_session


def main() -> None:
    if json.load(sys.stdin)["drop"]:
        db.resetdb(skip_init=True)
    try:
        db.check_migrations(0)
        pending = False
    except TimeoutError:
        pending = True
    with create_session() as session:
        revision = db._get_current_revision(session)
    sys.stdout.write("\n" + json.dumps({"pending": pending, "revision": revision}) + "\n")


main()
