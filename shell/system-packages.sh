#!/bin/bash
# Installs the required system packages with apt, if they are missing: the programs of MariaDB and PostgreSQL, the C client
# library, pkg-config, a C compiler, and the headers and venv module of the Python in use. Debian 12 and 13, Ubuntu 24.04.
#   shell/system-packages.sh [--tests|--worker-host]   as root, or as a user with sudo; --tests: also the browser, and what the
#                                                      tests of worker hosts need; --worker-host: no databases, but the tunnel
# The distribution's own services are not started, stopped or configured.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

has_program() { command -v "$1" >/dev/null; }

# Sets `missing` to the packages to install.
find_missing() {
  missing=()
  if [[ $mode == --worker-host ]]; then has_program stunnel4 || missing+=(stunnel4); else find_missing_databases; fi
  has_program pkg-config || missing+=(pkg-config)
  has_client_library || missing+=(libmariadb-dev)
  { has_program gcc && [[ -f /usr/include/stdlib.h ]]; } || missing+=(gcc libc6-dev)
  find_missing_python_packages
  [[ $mode != --tests ]] || find_missing_test_packages
}

find_missing_databases() {
  { has_program mariadbd && has_program mariadb-install-db && has_program mariadb && has_account mysql; } || missing+=(mariadb-server)
  { compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null && compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null && has_account postgres; } ||
    missing+=(postgresql)
}

# Ubuntu's chromium is a snap, which the tests cannot control: on Ubuntu the tests of the web UI are skipped.
find_missing_test_packages() {
  { has_program chromium && has_program chromedriver; } || ! grep -qs '^ID=debian' /etc/os-release || missing+=(chromium chromium-driver)
  { has_program redis-server && has_program redis-cli && has_account redis; } || missing+=(redis-server)
  has_program stunnel4 || missing+=(stunnel4)
  has_program ip || missing+=(iproute2)
}

# As root, the databases run under the accounts created by their packages; otherwise under the current user.
has_account() { [[ $EUID != 0 ]] || getent passwd "$1" >/dev/null; }

has_client_library() {
  local name
  for name in libmariadb mysqlclient; do pkg-config --exists "$name" 2>/dev/null && return; done
  return 1
}

find_missing_python_packages() {
  local version headers ensurepip
  { read -r version && read -r headers && read -r ensurepip; } < <("$python" -I -c '
import importlib.util, os, sys, sysconfig
print("%d.%d" % sys.version_info[:2])
print(os.path.isfile(os.path.join(sysconfig.get_path("include"), "Python.h")))
print(all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")))')
  [[ $headers$ensurepip != TrueTrue ]] || return 0
  [[ $python == /usr/bin/python* ]] ||
    fail "$python lacks its headers or ensurepip, and is not a system package." "PYTHON=/usr/bin/python3 $0"
  [[ $headers == True ]] || missing+=("python$version-dev")
  [[ $ensurepip == True ]] || missing+=("python$version-venv")
}

install_command() { printf 'apt-get update && apt-get install -y --no-install-recommends %s' "${missing[*]}"; }

# Runs as root. policy-rc.d and createcluster.d tell the packages not to start services and not to create a cluster.
install_packages() {
  local service new_services=() # stunnel4 is not among them: without a configuration it starts nothing
  for service in mariadb redis-server; do [[ -e /etc/init.d/$service ]] || new_services+=("$service"); done
  trap clean_up EXIT
  trap 'exit 130' INT TERM HUP
  if [[ ! -e $policy ]] || is_our_policy; then
    # The policy only applies while this process lives, so it has no effect if the process is killed.
    printf '#!/bin/sh\n# mlopsctl, process %s\n! kill -0 %s 2>/dev/null || exit 101\n' $$ $$ >"$policy"
    chmod 755 "$policy"
  fi
  mkdir -p "$clusters"
  echo 'create_main_cluster = false' >"$clusters/mlopsctl.conf"
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
  [[ -z $(dpkg --audit) ]] || dpkg --configure -a >&2 # finish an interrupted installation
  apt-get update -q >&2 || fail "could not fetch the package lists." "check the network and /etc/apt, then run it again"
  # --no-remove: if MySQL is installed, MariaDB's packages would replace it.
  apt-get install -q -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=300 "$@" >&2 ||
    fail "apt could not install: $*." "check its output above; to install manually: apt-get install $*"
  for service in "${new_services[@]}"; do [[ ! -e /etc/init.d/$service ]] || disable_at_boot "$service" >&2; done
}

policy=/usr/sbin/policy-rc.d clusters=/etc/postgresql-common/createcluster.d

is_our_policy() { grep -qs '^# mlopsctl' "$policy"; }

clean_up() {
  ! is_our_policy || rm -f -- "$policy"
  rm -f -- "$clusters/mlopsctl.conf"
  rmdir --ignore-fail-on-non-empty -- "$clusters"
}

# We only need the programs: a service that this script installed must not start at the next boot.
disable_at_boot() {
  ! has_program systemctl || systemctl --quiet disable "$1.service"
  update-rc.d "$1" disable
}

if [[ ${1:-} == --install ]]; then
  shift
  install_packages "$@"
  exit
fi

mode=${1:-}
choose_python
find_missing
[[ ${#missing[@]} -gt 0 ]] || exit 0
log "installing: ${missing[*]}"
if [[ $EUID == 0 ]]; then
  install_packages "${missing[@]}"
else
  non_interactive=-n
  [[ ! -t 0 ]] || non_interactive=
  if ! has_program sudo || ! sudo ${non_interactive:+"$non_interactive"} true; then
    fail "installing these packages requires root, and this user cannot use sudo. Ask an administrator to run:" "sudo sh -c '$(install_command)'"
  fi
  # sudo clears the environment, so proxies are passed explicitly.
  sudo ${non_interactive:+"$non_interactive"} env http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" no_proxy="${no_proxy:-}" \
    bash "${BASH_SOURCE[0]}" --install "${missing[@]}"
fi
hash -r
find_missing
[[ ${#missing[@]} == 0 ]] || fail "still missing after the installation: ${missing[*]}." "sudo sh -c '$(install_command)'"
