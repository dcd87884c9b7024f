"""mlopsctl commands to paste, for messages."""

import os
import shlex


def mlopsctl_command(arguments: str) -> str:
    """The command line `mlopsctl ARGUMENTS` for the home of this Airflow."""
    home = os.environ.get("MLOPSCTL_HOME")
    return f"mlopsctl --home {shlex.quote(home)} {arguments}" if home else f"mlopsctl {arguments}"
