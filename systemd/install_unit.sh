# Sourced by install.sh: the unit's services on a Raspberry Pi OS or Debian that is already there. Twice is harmless.
# shellcheck shell=sh disable=SC2034,SC2154  # shares its variables with install.sh

HOME_OF_UNIT=/opt/kirpik
DATA_OF_UNIT=/var/lib/kirpik
SETTINGS_OF_UNIT=/etc/kirpik
UNIT_FILES=/usr/lib/systemd/system
UNIT_LOCK=requirements/unit.txt
UNIT_SERVICES='kirpik-firewall.service kirpik-brokers.service kirpik-brokers.path kirpik-brokers.timer'
UNIT_SERVICES="$UNIT_SERVICES kirpik-clock.service kirpik-eye.service kirpik-link.service"
UNIT_PACKAGES='python3-venv python3-systemd nftables systemd-timesyncd'
CAMERA_PACKAGES='python3-picamera2 python3-libcamera'
SOURCES='daemon provisioning central models systemd requirements docs pyproject.toml setup.py README.md LICENSE'

install_unit() {
    unit_checks
    unit_system_packages
    unit_software
    unit_files
    unit_firewall_exception
    unit_start
}

uninstall_unit() {
    as_root_only
    refuse_packaged
    for service in $UNIT_SERVICES; do
        [ -e "$UNIT_FILES/$service" ] || continue
        systemd_runs && run systemctl --quiet stop "$service"
        run systemctl --quiet disable "$service"
    done
    for file in systemd/kirpik-*.service systemd/kirpik-*.path systemd/kirpik-*.timer; do
        run rm -f "$UNIT_FILES/$(basename "$file")"
    done
    run rm -rf "$HOME_OF_UNIT" /usr/lib/kirpik /usr/bin/kirpikd
    run rm -f /usr/lib/sysusers.d/kirpik.conf /usr/lib/tmpfiles.d/kirpik.conf
    if [ "$PURGE" ]; then
        run rm -rf "$DATA_OF_UNIT" "$SETTINGS_OF_UNIT"
        say "gone, with the unit's keys, packets and settings"
    else
        say "gone; $DATA_OF_UNIT and $SETTINGS_OF_UNIT stay (--purge removes them too)"
    fi
    if systemd_runs; then run systemctl daemon-reload; fi
}

as_root_only() { [ "$(id -u)" = 0 ] || [ "$DRY" ] || die "services are installed by root: sudo ./install.sh …"; }

refuse_packaged() {
    if dpkg-query -W -f '${Status}' kirpik 2>/dev/null | grep -q ' installed'; then
        die "kirpik is installed as a Debian package here: apt-get install or remove it instead"
    fi
}

unit_checks() {
    as_root_only
    refuse_packaged
    # shellcheck source=/dev/null
    system=$(. /etc/os-release && echo "${ID:-} ${ID_LIKE:-} ${VERSION_ID:-}")
    case $system in
        *debian*12* | *debian*13* | *raspbian*12* | *raspbian*13*) ;;
        *) die "this system is '$system'; expected Raspberry Pi OS or Debian 12 or 13" ;;
    esac
    command -v systemctl >/dev/null 2>&1 || die "there is no systemd here"
    UNIT_PYTHON=/usr/bin/python3
    fits "$UNIT_PYTHON" || die "$UNIT_PYTHON: expected the system's own 64-bit Python, 3.11 or newer"
    [ -z "$WHEELHOUSE" ] || [ -d "$WHEELHOUSE" ] || die "$WHEELHOUSE: no such folder of wheels"
}

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q ' installed'; }

unit_system_packages() {
    wanted=$UNIT_PACKAGES
    if [ -e /proc/device-tree/model ]; then wanted="$wanted $CAMERA_PACKAGES"; fi
    PACKAGES=''
    for package in $wanted; do installed "$package" || PACKAGES="$PACKAGES $package"; done
    PACKAGES=${PACKAGES# }
    [ "$PACKAGES" ] || return 0
    if apt_allowed; then apt_install; else MISSING=$PACKAGES; fi
    for package in $MISSING; do
        case $package in
            python3-venv | nftables) die "needed from the system: sudo apt-get install $MISSING, then run this again" ;;
        esac
    done
    if [ "$MISSING" ]; then say "missing and missed by the unit: $MISSING"; fi
}

# Each release is a folder of its own, which the link `bin` names: an installation that breaks off changes nothing.
unit_software() {
    release=$HOME_OF_UNIT/releases/$(unit_fingerprint)
    if [ -e "$release/whole" ]; then
        say "software: already there"
    else
        say "software: $release, from pinned wheels${WHEELHOUSE:+ in $WHEELHOUSE}"
        make_release || die_of_pip
    fi
    run mkdir -p "$HOME_OF_UNIT"
    run ln -sfn "$release/bin" "$HOME_OF_UNIT/bin.new"
    run mv -T "$HOME_OF_UNIT/bin.new" "$HOME_OF_UNIT/bin"
    run ln -sfn "$HOME_OF_UNIT/bin/kirpikd" /usr/bin/kirpikd
    for old in "$HOME_OF_UNIT"/releases/*; do
        [ "$old" = "$release" ] || [ ! -d "$old" ] || run rm -rf "$old"
    done
}

unit_fingerprint() {
    # shellcheck disable=SC2086  # a list of names
    find $SOURCES -type f ! -path '*/__pycache__/*' ! -path '*.egg-info/*' -print0 | sort -z | xargs -0 sha256sum |
        sha256sum | cut -c1-16
}

make_release() {
    PIP_SOURCE=${WHEELHOUSE:+--no-index --find-links $WHEELHOUSE}
    run rm -rf "$release"
    run mkdir -p "$release"
    run "$UNIT_PYTHON" -m venv --system-site-packages "$release" || return 1
    # What apt brings beside (libcamera, picamera2, systemd) is seen; what is pinned comes first.
    # shellcheck disable=SC2086  # a list of options
    unit_pip $PIP_SOURCE --ignore-installed --require-hashes --requirement "$UNIT_LOCK" || return 1
    if [ "$DRY" ]; then
        run "$release/bin/python" -m pip install --no-deps .
        return 0
    fi
    copy=$(mktemp -d)
    # shellcheck disable=SC2086
    cp -R $SOURCES "$copy"
    # shellcheck disable=SC2086
    unit_pip $PIP_SOURCE --no-deps --no-build-isolation "$copy" || return 1
    rm -rf "$copy"
    : >"$release/whole"
}

unit_pip() {
    if [ "$DRY" ]; then
        run "$release/bin/python" -m pip install "$@"
        return 0
    fi
    PIP_CONFIG=''
    if [ "$WHEELHOUSE" ]; then PIP_CONFIG=/dev/null; fi
    env ${PIP_CONFIG:+PIP_CONFIG_FILE=$PIP_CONFIG PIP_FIND_LINKS=} "$release/bin/python" -m pip install \
        --disable-pip-version-check --no-input "$@" >"$APT_LOG" 2>&1
}

die_of_pip() {
    LOG=/var/log/kirpik-install.log
    cp "$APT_LOG" "$LOG"
    rm -rf "$release"
    if grep -q 'DO NOT MATCH THE HASHES' "$LOG"; then
        wheel=$(grep -m1 -oE '^ +[a-z0-9_.-]+==[^ ]+' "$LOG" | tr -d ' ')
        die "$wheel: the wheel is not the pinned one, its hash is another; nothing was changed; log: $LOG"
    elif [ "$WHEELHOUSE" ] && grep -qE 'from versions: none|No matching distribution' "$LOG"; then
        wheel=$(grep -m1 -oE 'distribution found for [^ ]+' "$LOG" | cut -d' ' -f4)
        die "$WHEELHOUSE lacks the wheel $wheel; nothing was changed; log: $LOG"
    fi
    explain_pip
}

unit_files() {
    for file in systemd/kirpik-*.service systemd/kirpik-*.path systemd/kirpik-*.timer; do
        run install -D -m 0644 "$file" "$UNIT_FILES/$(basename "$file")"
    done
    run install -D -m 0644 systemd/kirpik.nft /usr/lib/kirpik/kirpik.nft
    run install -D -m 0644 systemd/kirpik.sysusers /usr/lib/sysusers.d/kirpik.conf
    run install -D -m 0644 systemd/kirpik.tmpfiles /usr/lib/tmpfiles.d/kirpik.conf
    run install -d -m 0755 "$SETTINGS_OF_UNIT" "$SETTINGS_OF_UNIT/firewall.d"
    run systemd-sysusers kirpik.conf
    run systemd-tmpfiles --create kirpik.conf
}

# Whoever installs over ssh would otherwise lock the door behind which he stands.
unit_firewall_exception() {
    rule=$SETTINGS_OF_UNIT/firewall.d/ssh.nft
    if [ -e "$HOME_OF_UNIT/ssh-asked" ]; then return 0; fi
    if systemctl --quiet is-enabled ssh 2>/dev/null && [ ! -e "$rule" ]; then
        say "ssh is enabled here and stays reachable; remove $rule to close it"
        if [ -z "$DRY" ]; then echo 'tcp dport 22 accept' >"$rule"; fi
    fi
    run touch "$HOME_OF_UNIT/ssh-asked"
}

systemd_runs() { [ -d /run/systemd/system ]; }

unit_start() {
    # shellcheck disable=SC2086  # a list of names
    run systemctl --quiet enable $UNIT_SERVICES
    if systemd_runs; then
        run systemctl daemon-reload
        # shellcheck disable=SC2086
        if [ -e "$SETTINGS_OF_UNIT/kirpik.toml" ]; then run systemctl --no-block restart $UNIT_SERVICES; fi
    fi
    if [ -e "$SETTINGS_OF_UNIT/kirpik.toml" ]; then
        say "done: $HOME_OF_UNIT/bin/kirpikd check looks whether all is there"
    else
        say "done; it begins once $SETTINGS_OF_UNIT/kirpik.toml, site.toml and ca.pem are there (docs/OPERATION.md)"
    fi
}
