# shellcheck shell=bash
#
# What the component scripts beside this file share. tools/install sources it before a component's
# component.sh, with these set:
#
#   $component  the folder of the component (its pins)
#   $dest       the folder to install into; exists and is empty
#   $run        scratch folder of this run of tools/install

# fail prints why a component cannot be installed, and ends it.
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# locked FILE COMMAND... runs the command while no other process runs one under the same file.
locked() {
  (
    lock
    shift
    "$@" 9>&-
  ) 9>"$1"
}

# lock takes the lock on the file that descriptor 9 is open on; it is let go when that is closed. Perl asks
# for it because not every system has a command flock: the lock belongs to the open file, not to perl.
lock() { perl -e 'use Fcntl ":flock"; open(my $f, ">&=", 9) or die $!; flock($f, LOCK_EX) or die $!'; }

# try_lock is lock, but fails when somebody else has it.
try_lock() { perl -e 'use Fcntl ":flock"; open(my $f, ">&=", 9) or die $!; exit !flock($f, LOCK_EX | LOCK_NB)'; }

# apt_install PACKAGE... installs Debian packages, or says what a person has to do where that is not possible.
# Components run side by side, and apt allows one at a time.
apt_install() {
  if ! command -v apt-get >/dev/null; then
    fail "missing: $*. This is no Debian or Ubuntu machine: install the equivalent of these packages yourself, then run tools/install again."
  fi
  if [ "$(id -u)" -ne 0 ]; then
    fail "missing: $*. Run: sudo apt-get install --no-install-recommends $*, then tools/install again."
  fi
  locked "$run/apt.lock" apt_install_as_root "$@"
}

apt_install_as_root() {
  export DEBIAN_FRONTEND=noninteractive
  if [ ! -e "$run/apt-updated" ]; then
    apt-get -o DPkg::Lock::Timeout=300 update
    touch "$run/apt-updated"
  fi
  apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "$@"
}

# need_command COMMAND PACKAGE... makes sure a command is there.
need_command() {
  local command=$1
  shift
  command -v "$command" >/dev/null || apt_install "$@"
}

# need_java makes sure of a Java of version 17 or later.
need_java() {
  if [ "$(java_version)" -lt 17 ]; then
    apt_install openjdk-17-jre-headless
    [ "$(java_version)" -ge 17 ] || fail "the java in PATH is older than 17: put a newer one first in PATH."
  fi
}

# java_version prints the major version of java, 0 where there is none ("1.8.0_402" counts as 1).
java_version() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1) || true
  echo "${version:-0}"
}

# install_venv installs the component's requirements.txt into a Python environment of its own.
# The file names every package with its version, so pip has nothing to resolve.
install_venv() {
  need_command python3 python3 python3-venv
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "python3 is older than 3.10: put a newer one first in PATH."
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
  python3 -m venv "$dest"
  "$dest/bin/pip" install --quiet --disable-pip-version-check --no-compile --no-deps --requirement "$component/requirements.txt"
}

# docker_answers tells whether a container engine can be reached.
docker_answers() {
  command -v docker >/dev/null && docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}
