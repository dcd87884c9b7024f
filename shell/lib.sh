# shellcheck shell=bash
# Shared by the scripts in this folder, which source it. Sets `root` (the checkout) and `python` (its interpreter).

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

log() { printf '%s\n' "$*" >&2; }

# fail MESSAGE [HINT]
fail() {
  log "error: $1"
  [[ -z ${2:-} ]] || log "hint: $2"
  exit 1
}

# Python starts twice as slowly without bytecode, and the caller's other Python settings must not affect our venv.
unset PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK=1

# Sets `python` to a Python 3.11 or newer: $PYTHON if it is set, otherwise python3 or python3.X.
choose_python() {
  local name names=(python3 python3.13 python3.12 python3.11)
  # The base interpreter, even if a venv is active: make_venv may delete that venv.
  local print_path='import os, sys; sys.version_info < (3, 11) and sys.exit(1); print(os.path.realpath(sys._base_executable))'
  [[ -z ${PYTHON:-} ]] || names=("$PYTHON")
  for name in "${names[@]}"; do
    if python=$("$name" -I -S -c "$print_path" 2>/dev/null) && [[ -x $python ]]; then return; fi
  done
  [[ -z ${PYTHON:-} ]] || fail "PYTHON=$PYTHON is not a Python 3.11 or newer." "unset PYTHON"
  fail "Python 3.11 or newer is required and was not found." "if it is not on the PATH: PYTHON=/path/to/python3.11 $0"
}

# Prints the wheel of pip that Python, or the distribution, has for new environments; nothing if there is none.
pip_wheel() {
  local folder wheel
  folder=$("$python" -I -c 'import ensurepip; print(ensurepip.__path__[0])' 2>/dev/null) || return 0
  for wheel in "$folder"/_bundled/pip-*.whl /usr/share/python-wheels/pip-*.whl; do
    [[ ! -f $wheel ]] || { printf '%s\n' "$wheel"; return; }
  done
}

# make_venv EXTRAS (dev, or empty): creates or updates the checkout's .venv with mlopsctl and its dependencies.
# The stamp, written last, records what it was built from. A venv without a current stamp is rebuilt.
make_venv() (
  exec 9<"$root"
  flock 9 # if two scripts run at once, the second waits and finds the venv finished; released when this subshell ends
  choose_python
  local stamp=$root/.venv/.built-from built_from
  built_from="$python $("$python" -I -S -c 'import platform; print(platform.python_version())') $root $(
    cat -- "$root/setup.cfg" "$root/pyproject.toml" "$root/requirements-dev.lock" | sha256sum
  )"
  if [[ -x $root/.venv/bin/mlopsctl && -f $stamp ]]; then
    case $(<"$stamp") in
      "$built_from dev") return ;;
      "$built_from") [[ -n $1 ]] || return 0 ;;
    esac
  fi
  log "creating the Python environment $root/.venv"
  rm -f -- "$stamp"
  cd -- "$root" || exit
  # Development installs locked versions: a new release of a dependency must not break the tests.
  [[ $1 != dev ]] || export {PIP,UV,UV_BUILD}_CONSTRAINT=requirements-dev.lock
  # pip installs only uv. It can run from its wheel: to install and compile pip itself takes longer.
  local wheel
  wheel=$(pip_wheel)
  "$python" -m venv --clear ${wheel:+--without-pip} -- "$root/.venv"
  PYTHONPATH=$wheel "$root/.venv/bin/python" -m pip install -q --no-user uv ||
    fail "could not install uv from the package index." "check the network and pip's output above, then run it again"
  .venv/bin/uv pip install --python .venv/bin/python -e ".${1:+[$1]}" >&2 ||
    fail "could not install the dependencies of mlopsctl." "check uv's output above, then run it again"
  printf '%s\n' "$built_from${1:+ $1}" >"$stamp"
)

mlopsctl() {
  [[ -x $root/.venv/bin/mlopsctl ]] || fail "mlopsctl is not installed in this checkout." "'$root/shell/onboard.sh'"
  "$root/.venv/bin/mlopsctl" "$@"
}
