#!/bin/sh
# Install Kirpik into a virtual environment in this checkout, with what it needs from the system where that is allowed.
set -eu

NAME=install.sh
VENV=.venv
LOG=$VENV/install.log
STAMP=$VENV/installed
PACKAGES=''
MISSING=''
WANTED_PYTHON=${PYTHON:-}
APT=yes
DRY=''
DEMO=''
FRESH=''
TESTS=''
UNIT=''
UNINSTALL=''
PURGE=''
WHEELHOUSE=''
FREE_NEEDED_MIB=900

say() { printf '%s: %s\n' "$NAME" "$*"; }
die() {
    printf '%s: %s\n' "$NAME" "$*" >&2
    exit 1
}
run() { if [ "$DRY" ]; then say "would run: $*"; else "$@"; fi; }

usage() {
    cat <<END
Usage: ./install.sh [--demo] [--tests] [--no-apt] [--dry-run]
       ./install.sh --unit [--wheelhouse DIR] [--no-apt] [--dry-run]
       ./install.sh --uninstall [--purge] [--dry-run]

Installs Kirpik and its pinned packages into .venv in this checkout. Where apt may be used (you are root, or sudo asks
no password) missing system packages are installed: the Mosquitto broker and Python's venv, for the tests also
PostgreSQL, SoftHSM, shellcheck and what makes a Debian root. Twice is harmless.

  --demo     then show a recorded road going in and opened violations coming out (kirpik demo)
  --tests    with what ./tests/run needs
  --no-apt   leave the system alone
  --unit     not here but on this Raspberry Pi or Debian machine: the services, under systemd, in /opt/kirpik
  --wheelhouse DIR
             with --unit: every package from this folder, none from a network; hashes are checked all the same
  --uninstall
             the services away again; keys, packets and settings stay, unless --purge
  --dry-run  only say what would be done
  PYTHON=…   the Python to use, 3.11 or newer

Example: PYTHON=python3.13 ./install.sh --demo
         sudo ./install.sh --unit --wheelhouse /media/stick/wheels
END
}

parse() {
    while [ $# -gt 0 ]; do
        word=$1
        shift
        case $word in
            --unit) UNIT=yes ;;
            --uninstall) UNINSTALL=yes ;;
            --purge) PURGE=yes ;;
            --wheelhouse)
                [ $# -gt 0 ] || wrong_call "--wheelhouse: expected a folder of wheels after it"
                WHEELHOUSE=$(cd "$1" 2>/dev/null && pwd) || die "$1: no such folder of wheels"
                shift
                ;;
            --demo) DEMO=yes ;;
            --tests) TESTS=yes ;;
            --no-apt) APT= ;;
            --dry-run) DRY=yes ;;
            -h | --help)
                usage
                exit 0
                ;;
            *)
                expected='--demo, --tests, --unit, --uninstall, --no-apt, --dry-run or --help'
                wrong_call "unknown option \"$word\"; expected $expected"
                ;;
        esac
    done
}

wrong_call() {
    printf '%s: %s\n' "$NAME" "$*" >&2
    exit 2
}

# pip obeys these, and each of them would put the packages somewhere else.
shed_environment() { unset PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV 2>/dev/null || :; }

become_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_allowed() {
    [ "$APT" ] && command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32)' 2>/dev/null; }

choose_python() {
    if [ "$WANTED_PYTHON" ]; then
        fits "$WANTED_PYTHON" || die "PYTHON=$WANTED_PYTHON is not a 64-bit Python 3.11 or newer"
        PYTHON=$WANTED_PYTHON
        return
    fi
    for PYTHON in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if fits "$PYTHON"; then return; fi
    done
    apt_allowed || die "no 64-bit Python 3.11 or newer found: sudo apt-get install python3 python3-venv, or name one with PYTHON="
    PYTHON=/usr/bin/python3
    PACKAGES="$PACKAGES python3"
}

has_postgresql() { command -v initdb >/dev/null 2>&1 || [ -n "$(find /usr/lib/postgresql -name initdb 2>/dev/null)" ]; }

has_chromium() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }

want_system_packages() {
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || PACKAGES="$PACKAGES python3-venv"
    PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto >/dev/null 2>&1 || PACKAGES="$PACKAGES mosquitto"
    if [ "$TESTS" ]; then
        command -v shellcheck >/dev/null 2>&1 || PACKAGES="$PACKAGES shellcheck"
        command -v softhsm2-util >/dev/null 2>&1 || PACKAGES="$PACKAGES softhsm2"
        has_postgresql || PACKAGES="$PACKAGES postgresql"
        command -v mcopy >/dev/null 2>&1 || PACKAGES="$PACKAGES mtools"
        command -v mmdebstrap >/dev/null 2>&1 || PACKAGES="$PACKAGES mmdebstrap"
        command -v systemd-nspawn >/dev/null 2>&1 || PACKAGES="$PACKAGES systemd-container"
        PATH=$PATH:/usr/sbin command -v nft >/dev/null 2>&1 || PACKAGES="$PACKAGES nftables"
        has_chromium || PACKAGES="$PACKAGES chromium"
    fi
    PACKAGES=${PACKAGES# }
}

install_system_packages() {
    [ "$PACKAGES" ] || return 0
    if apt_allowed; then apt_install; else MISSING=$PACKAGES; fi
    case " $MISSING " in
        *" python3-venv "*) die "Python's venv is missing: sudo apt-get install python3-venv, then run this again" ;;
    esac
}

apt_install() {
    say "system packages: $PACKAGES (apt)"
    if [ "$DRY" ]; then return 0; fi
    # shellcheck disable=SC2016,SC2086  # the inner shell expands its arguments; PACKAGES is a list of names
    become_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -q update && apt-get -qy install --no-install-recommends "$@"' \
        apt $PACKAGES </dev/null >"$APT_LOG" 2>&1 && return 0
    MISSING=$PACKAGES
    say "apt failed: $(grep '^E:' "$APT_LOG" | tail -1)"
}

check_disk() {
    [ -d "$VENV" ] && return 0
    free_mib=$(($(df -Pk . | awk 'NR == 2 { print $4 }') / 1024))
    [ "$free_mib" -ge "$FREE_NEEDED_MIB" ] || die "not enough disk space here: $free_mib MiB free, $FREE_NEEDED_MIB MiB needed"
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || :; }

usable_environment() {
    have=$(version_of "$VENV/bin/python")
    [ "$have" ] && fits "$VENV/bin/python" || return 1
    [ -z "$WANTED_PYTHON" ] || [ "$have" = "$(version_of "$PYTHON")" ] || return 1
    # Its programs name the folder that they were made in: of no use once the checkout was moved.
    [ ! -e "$STAMP" ] || grep -qsxF "$PWD" "$STAMP"
}

make_environment() {
    if usable_environment; then return 0; fi
    check_disk
    FRESH=yes
    say "virtual environment: $VENV with $("$PYTHON" --version)"
    run "$PYTHON" -m venv --clear "$VENV" || die "the virtual environment cannot be made in $PWD/$VENV"
}

fingerprint() { cat "$LOCK" pyproject.toml setup.py | cksum; }

install_python_packages() {
    LOCK=requirements/run.txt
    if [ "$TESTS" ] || grep -qsx test "$STAMP"; then LOCK=requirements/test.txt; fi
    mark=$(fingerprint)
    if [ -z "$FRESH" ] && grep -qsxF "$mark" "$STAMP"; then
        say "Python packages: as pinned in $LOCK, already there"
        return 0
    fi
    say "Python packages: as pinned in $LOCK, some minutes on a slow line"
    pip_install --require-hashes --requirement "$LOCK"
    pip_install --no-deps --no-build-isolation --editable .
    if [ "$DRY" ]; then return 0; fi
    printf '%s\n' "$PWD" "$mark" "$(basename "$LOCK" .txt)" >"$STAMP"
}

pip_install() {
    if [ "$DRY" ]; then
        run "$VENV/bin/python" -m pip install "$@"
        return 0
    fi
    "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input "$@" >"$LOG" 2>&1 || explain_pip
}

explain_pip() {
    if grep -qE 'No space left|ENOSPC' "$LOG"; then
        die "the disk is full: make room, then run this again"
    elif grep -qE 'NewConnectionError|NameResolutionError|Name or service|ProxyError|SSLError|Timeout|from versions: none' "$LOG"; then
        die "no package registry can be reached: connect, or name a folder of wheels (PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER), then run this again; log: $LOG"
    fi
    die "pip failed: $(grep -i error "$LOG" | tail -1); log: $LOG"
}

tell_missing() {
    case " $MISSING " in
        *" mosquitto "*) ;;
        *) return 0 ;;
    esac
    sentence="the Mosquitto broker is missing: sudo apt-get install mosquitto"
    if [ "$DEMO" ] && [ -z "$DRY" ]; then die "$sentence, then run this again"; fi
    say "$sentence (the demo and the link's tests need it)"
}

farewell() {
    if [ "$DEMO" ]; then
        run exec "$VENV/bin/kirpik" demo
    else
        say "done: $VENV/bin/kirpik demo --desk shows it, ./tests/run proves it"
    fi
}

main() {
    parse "$@"
    cd "$(dirname "$0")"
    shed_environment
    APT_LOG=$(mktemp)
    trap 'rm -f "$APT_LOG"' EXIT
    if [ "$UNIT$UNINSTALL" ]; then
        # shellcheck source=systemd/install_unit.sh
        . systemd/install_unit.sh
        if [ "$UNINSTALL" ]; then uninstall_unit; else install_unit; fi
        return
    fi
    choose_python
    want_system_packages
    install_system_packages
    make_environment
    install_python_packages
    tell_missing
    farewell
}

main "$@"
