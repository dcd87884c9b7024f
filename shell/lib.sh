# shellcheck shell=bash
# What the scripts in this folder share. Sourced; sets `root` (the checkout) and `python` (its interpreter's path).

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# fail SENTENCE [REMEDY]
fail() {
  say "error: $1"
  [[ -z ${2:-} ]] || say "hint: $2"
  exit 1
}

# Without bytecode everything here starts twice as slowly; and nobody else's Python settings belong in ours.
unset PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK=1

# Sets `python`: $PYTHON if it is given, else python3, else a newer one beside it; 3.11 at least.
choose_python() {
  local name names=(python3 python3.13 python3.12 python3.11)
  # Never that of an active venv: it may be the very one that is to be made anew.
  local ask='import os, sys; sys.version_info < (3, 11) and sys.exit(1); print(os.path.realpath(sys._base_executable))'
  [[ -z ${PYTHON:-} ]] || names=("$PYTHON")
  for name in "${names[@]}"; do
    if python=$("$name" -I -S -c "$ask" 2>/dev/null) && [[ -x $python ]]; then return; fi
  done
  [[ -z ${PYTHON:-} ]] || fail "PYTHON=$PYTHON is not a Python 3.11 or newer." "unset PYTHON"
  fail "Python 3.11 or newer is needed and was not found." "name one that is elsewhere: PYTHON=/path/to/python3.11 $0"
}

# make_venv EXTRAS (dev, or empty): the checkout's .venv, with mlopsctl and what it needs.
# The stamp, written last, says that it is whole and from what it was made: a venv without one is made anew.
make_venv() (
  exec 9<"$root"
  flock 9 # two scripts at once: the second waits, and finds it done. Held by this subshell alone.
  choose_python
  local stamp=$root/.venv/.made-from made_from
  made_from="$python $("$python" -I -S -c 'import platform; print(platform.python_version())') $root $(
    cat -- "$root/setup.cfg" "$root/pyproject.toml" "$root/requirements-dev.lock" | sha256sum
  )"
  if [[ -x $root/.venv/bin/mlopsctl && -f $stamp ]]; then
    case $(<"$stamp") in
      "$made_from dev") return ;;
      "$made_from") [[ -n $1 ]] || return 0 ;;
    esac
  fi
  say "making the Python environment in $root/.venv"
  rm -f -- "$stamp"
  cd -- "$root" || exit
  # Development installs locked versions: a new release of a dependency must not break the tests.
  [[ $1 != dev ]] || export {PIP,UV,UV_BUILD}_CONSTRAINT=requirements-dev.lock
  "$python" -m venv --clear -- "$root/.venv"
  "$root/.venv/bin/python" -m pip install -q --no-user uv ||
    fail "uv could not be had from the package index." "look at the network and at pip's words above, then say it again"
  .venv/bin/uv pip install --python .venv/bin/python --compile-bytecode -e ".${1:+[$1]}" >&2 ||
    fail "mlopsctl's requirements could not be installed." "read uv's words above, then say it again"
  printf '%s\n' "$made_from${1:+ $1}" >"$stamp"
)

mlopsctl() {
  [[ -x $root/.venv/bin/mlopsctl ]] || fail "this checkout has no mlopsctl yet." "'$root/shell/onboard.sh'"
  "$root/.venv/bin/mlopsctl" "$@"
}
