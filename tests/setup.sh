#!/usr/bin/env bash
# Installs the Debian packages that the tests, the demo and the benchmark need and this machine lacks.
set -euo pipefail

wanted=(
  age:age
  ansible-playbook:ansible-core
  apt-get:apt
  update-ca-certificates:ca-certificates
  curl:curl
  debsecan:debsecan
  dpkg-deb:dpkg
  dpkg-divert:dpkg
  flock:util-linux
  fusefat:fusefat
  fuseiso:fuseiso
  genisoimage:genisoimage
  mkfs.exfat:exfatprogs
  mkfs.vfat:dosfstools
  mdir:mtools
  mount.exfat-fuse:exfat-fuse
  ntfs-3g:ntfs-3g
  gpg:gnupg
  gpgv:gpgv
  ip:iproute2
  jq:jq
  mount:mount
  nginx:nginx-light
  openssl:openssl
  pkcs11-tool:opensc
  softhsm2-util:softhsm2
  ssh-agent:openssh-client
  rsync:rsync
  script:bsdutils
  python3:python3
  shellcheck:shellcheck
  ssh:openssh-client
  sshd:openssh-server
  sqlite3:sqlite3
  strace:strace
  systemd-analyze:systemd
  tar:tar
  unshare:util-linux
  bzip2:bzip2
  lz4:lz4
  xz:xz-utils
  zstd:zstd
)

# More that a caller needs, as PROGRAM:PACKAGE.
wanted+=("$@")

# OpenSSL's provider for tokens, where Debian has it (from 13 on).
if ! ls /usr/lib/*-linux-gnu/ossl-modules/pkcs11.so >/dev/null 2>&1 && apt-cache show pkcs11-provider >/dev/null 2>&1; then
  wanted+=("no-program:pkcs11-provider")
fi

missing=()
for pair in "${wanted[@]}"; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "Missing Debian packages: ${missing[*]}. Install them as root: apt-get install ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# No package may start a service here, such as sshd.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get -qq install --no-install-recommends -y "${missing[@]}" >/dev/null
