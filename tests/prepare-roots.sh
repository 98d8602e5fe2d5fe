#!/usr/bin/env bash
# Makes what the tests of "restore" and of the launcher work on, once, in .cache/roots: for each release a minimal
# root as a tar file, with the .deb of every package in it, and some more packages. Takes them from the Debian mirror
# of this machine.
set -euo pipefail
cd "$(dirname "$0")/.."

releases=(bookworm trixie)
# Small packages that are in both releases in different versions; and the library that shows another time to the
# programs of a root.
packages=(hello netbase media-types sensible-utils libfaketime)
# What a Proxmox host has besides, and another shell; not installed, so that their absence can be tried, too.
packages+=(openssl busybox-static)
declare -A more=([bookworm]=libssl3)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
cache=$PWD/.cache/roots
stamp="$(sha256sum tests/prepare-roots.sh | cut -d' ' -f1) $(dpkg --print-architecture)"

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
wanted=()
for release in "${releases[@]}"; do
  [ "$(cat "$cache/$release/stamp" 2>/dev/null)" = "$stamp" ] || wanted+=("$release")
done
[ "${#wanted[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "Only root can make the roots for the tests: run tests/prepare-roots.sh as root once." >&2
  exit 1
fi
if ! command -v mmdebstrap >/dev/null || [ ! -e "$keyring" ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install --no-install-recommends -y mmdebstrap debian-archive-keyring >/dev/null
fi

mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m1 '/debian/$' || true)
eval "$(apt-config shell proxy Acquire::http::Proxy)"

make_root() {
  local release=$1 directory=$cache/$1.tmp hook
  rm -rf "$directory" "${cache:?}/$release"
  mkdir -p "$directory/debs"
  # Runs outside of the root, with its apt configuration.
  hook="cd '$directory/debs'
    installed=\$(dpkg-query --admindir=\"\$1/var/lib/dpkg\" --show --showformat='\${Package}=\${Version}\n')
    APT_CONFIG=\"\$MMDEBSTRAP_APT_CONFIG\" apt-get -qq -o APT::Sandbox::User=root download \$installed ${packages[*]} ${more[$release]:-}"
  mmdebstrap --quiet --mode=root --variant=apt \
    ${proxy:+--aptopt="Acquire::http::Proxy \"$proxy\""} \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="$hook" \
    "$release" "$directory/root.tar" \
    "deb [signed-by=$keyring] ${mirror:-http://ftp.debian.org/debian/} $release main"
  echo "$stamp" >"$directory/stamp"
  mv "$directory" "$cache/$release"
}

echo "Making Debian roots for the tests: ${wanted[*]}" >&2
jobs=()
for release in "${wanted[@]}"; do
  make_root "$release" &
  jobs+=("$!")
done
for job in "${jobs[@]}"; do wait "$job"; done
