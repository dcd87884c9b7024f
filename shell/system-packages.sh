#!/bin/bash
# Installs what only the system can give: MariaDB and PostgreSQL (the programs), the C client library, pkg-config, a C compiler,
# and headers and venv of the Python in use. Looks first; asks apt only for what is missing. Debian 12, Ubuntu 24.04.
#   shell/system-packages.sh [--tests]      as root, or as a user with sudo; --tests: also the browser that tests drive
# The distribution's own database services are neither started, nor stopped, nor configured.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

have() { command -v "$1" >/dev/null; }

# Sets `missing`: the packages to ask for.
look() {
  missing=()
  { have mariadbd && have mariadb-install-db && have mariadb && account mysql; } || missing+=(mariadb-server)
  { compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null && compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && account postgres; } ||
    missing+=(postgresql)
  have pkg-config || missing+=(pkg-config)
  client_library || missing+=(libmariadb-dev)
  { have gcc && [[ -f /usr/include/stdlib.h ]]; } || missing+=(gcc libc6-dev)
  look_at_python
  [[ -z $tests ]] || { have chromium && have chromedriver; } || missing+=(chromium chromium-driver)
}

# As root the databases run under the accounts that come with the packages; a user's run under the user.
account() { [[ $EUID != 0 ]] || getent passwd "$1" >/dev/null; }

client_library() {
  local name
  for name in libmariadb mysqlclient; do pkg-config --exists "$name" 2>/dev/null && return; done
  return 1
}

look_at_python() {
  local version headers ensurepip
  { read -r version && read -r headers && read -r ensurepip; } < <("$python" -I -c '
import importlib.util, os, sys, sysconfig
print("%d.%d" % sys.version_info[:2])
print(os.path.isfile(os.path.join(sysconfig.get_path("include"), "Python.h")))
print(all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")))')
  [[ $headers$ensurepip != TrueTrue ]] || return 0
  [[ $python == /usr/bin/python* ]] ||
    fail "$python has no headers or no ensurepip, and it is not the system's." "PYTHON=/usr/bin/python3 $0"
  [[ $headers == True ]] || missing+=("python$version-dev")
  [[ $ensurepip == True ]] || missing+=("python$version-venv")
}

install_line() { printf 'apt-get update && apt-get install -y --no-install-recommends %s' "${missing[*]}"; }

# As root. policy-rc.d and createcluster.d are the distribution's own ways to say: start nothing, create no cluster.
install() {
  local mariadb_was_here=
  [[ ! -e /etc/init.d/mariadb ]] || mariadb_was_here=1
  trap leave_no_trace EXIT
  trap 'exit 130' INT TERM HUP
  if [[ ! -e $policy ]] || is_ours; then
    # It holds only while this process lives, so that a kill at the wrong moment forbids nothing to anyone.
    printf '#!/bin/sh\n# mlopsctl, process %s\n! kill -0 %s 2>/dev/null || exit 101\n' $$ $$ >"$policy"
    chmod 755 "$policy"
  fi
  mkdir -p "$clusters"
  echo 'create_main_cluster = false' >"$clusters/mlopsctl.conf"
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
  [[ -z $(dpkg --audit) ]] || dpkg --configure -a >&2 # an installation that was killed half-way
  apt-get update -q >&2 || fail "the package lists could not be fetched." "look at the network and at /etc/apt, then say it again"
  # --no-remove: where MySQL is installed, MariaDB's packages would otherwise take its place.
  apt-get install -q -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=300 "$@" >&2 ||
    fail "apt could not install: $*." "read apt's words above; by hand: apt-get install $*"
  [[ -n $mariadb_was_here || ! -e /etc/init.d/mariadb ]] || not_at_boot mariadb >&2
}

policy=/usr/sbin/policy-rc.d clusters=/etc/postgresql-common/createcluster.d

is_ours() { grep -qs '^# mlopsctl' "$policy"; }

leave_no_trace() {
  ! is_ours || rm -f -- "$policy"
  rm -f -- "$clusters/mlopsctl.conf"
  rmdir --ignore-fail-on-non-empty -- "$clusters"
}

# A service that came only because we asked for its programs is not started by the next boot either.
not_at_boot() {
  ! have systemctl || systemctl --quiet disable "$1.service"
  update-rc.d "$1" disable
}

if [[ ${1:-} == --install ]]; then
  shift
  install "$@"
  exit
fi

tests=
# Ubuntu's chromium is a snap, which a script cannot drive: there the tests of the web page are skipped.
[[ ${1:-} != --tests ]] || ! grep -qs '^ID=debian' /etc/os-release || tests=1
choose_python
look
[[ ${#missing[@]} -gt 0 ]] || exit 0
say "installing: ${missing[*]}"
if [[ $EUID == 0 ]]; then
  install "${missing[@]}"
else
  ask=-n
  [[ ! -t 0 ]] || ask=
  if ! have sudo || ! sudo ${ask:+"$ask"} true; then
    fail "these need root, and there is no sudo for this user here. An administrator's line is:" "sudo sh -c '$(install_line)'"
  fi
  # Named proxies are handed over: sudo clears the environment.
  sudo ${ask:+"$ask"} env http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
    bash "${BASH_SOURCE[0]}" --install "${missing[@]}"
fi
hash -r
look
[[ ${#missing[@]} == 0 ]] || fail "still missing after the installation: ${missing[*]}." "sudo sh -c '$(install_line)'"
