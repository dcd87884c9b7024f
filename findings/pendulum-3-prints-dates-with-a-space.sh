#!/bin/bash
# pendulum 3: str() of a date has a space between day and time, where pendulum 2 has a T. Airflow changed from 2 to 3.
#
# Expected: the text of a pendulum.DateTime is ISO 8601, as its isoformat() and pendulum's documentation of version 2 show.
# What happens: since 3.0, str() and format() are those of datetime. A template that prints a date, such as
# {{ execution_date }} or {{ data_interval_end }}, gives another text in Airflow releases with pendulum 3, such as 2.11.2
# and 3.3.2, than in those with pendulum 2, such as 2.7.2: other file names, other values in columns of text, and
# comparisons of texts that find nothing. Nothing fails. isoformat() has the T in both.
#
# Output:
#   str() in pendulum 2.1.2: 2024-01-01T04:00:00+09:00
#   str() in pendulum 3.2.0: 2024-01-01 04:00:00+09:00
#   isoformat() in pendulum 2.1.2: 2024-01-01T04:00:00+09:00
#   isoformat() in pendulum 3.2.0: 2024-01-01T04:00:00+09:00
#
# mlopsctl: docs/migrating.md says so, and names {{ ts }}, which is the same in all releases.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

"${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
  give_up "pendulum 2.1.2 needs Python 3.11: set PYTHON"
install_packages pendulum==3.2.0
"$folder/uv/bin/uv" pip install -q --python "$folder/venv/bin/python" --target "$folder/old" pendulum==2.1.2 \
  2>>"$folder/install.log" || give_up "could not install pendulum 2.1.2: $(<"$folder/install.log")"

date='pendulum.datetime(2024, 1, 1, 4, tz="Asia/Seoul")'
show() { PYTHONPATH=$1 python -W ignore -c "import pendulum; print($2)"; }

compare 'str() in pendulum 2.1.2' 2024-01-01T04:00:00+09:00 "$(show "$folder/old" "str($date)")"
compare 'str() in pendulum 3.2.0' '2024-01-01 04:00:00+09:00' "$(show '' "str($date)")"
compare 'isoformat() in pendulum 2.1.2' 2024-01-01T04:00:00+09:00 "$(show "$folder/old" "$date.isoformat()")"
compare 'isoformat() in pendulum 3.2.0' 2024-01-01T04:00:00+09:00 "$(show '' "$date.isoformat()")"
still_there
