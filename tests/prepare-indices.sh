#!/usr/bin/env bash
# Fetches the indices of Debian that the tests of closures work on, once, into .cache/indices: of each release main,
# updates, security and backports for amd64, and main for i386 too. No package is fetched.
set -euo pipefail
cd "$(dirname "$0")/.."

releases=(bookworm trixie)
cache=$PWD/.cache/indices
stamp=$(sha256sum tests/prepare-indices.sh | cut -d' ' -f1)

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
[ "$(cat "$cache/stamp" 2>/dev/null)" = "$stamp" ] && exit 0

debian=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m1 '/debian/$' || true)
security=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m1 '/debian-security/$' || true)
debian=${debian:-http://ftp.debian.org/debian/}
security=${security:-http://security.debian.org/debian-security/}

# By apt's own downloader, which has this machine's proxy.
fetch() {
  mkdir -p "$(dirname "$2")"
  /usr/lib/apt/apt-helper -qq -o APT::Sandbox::User=root download-file "$1" "$2"
}

take_suite() {
  local base=$1 suite=$2 directory=$3 architecture
  fetch "${base}dists/$suite/InRelease" "$directory/dists/$suite/InRelease"
  shift 3
  for architecture in "$@"; do
    take_index "$base" "$suite" "$directory" "main/binary-$architecture/Packages"
  done
  take_index "$base" "$suite" "$directory" main/i18n/Translation-en
}

# In the first form that the Release lists.
take_index() {
  local base=$1 suite=$2 directory=$3 path=$4 form digest
  for form in gz xz bz2; do
    digest=$(grep -E "^ [0-9a-f]{64} +[0-9]+ $path.$form\$" "$directory/dists/$suite/InRelease" | head -1 | cut -d' ' -f2 || true)
    [ -n "$digest" ] || continue
    fetch "${base}dists/$suite/${path%/*}/by-hash/SHA256/$digest" "$directory/dists/$suite/$path.$form"
    return
  done
}

echo "Fetching Debian's indices for the tests: ${releases[*]}" >&2
for release in "${releases[@]}"; do
  rm -rf "${cache:?}/$release"
  take_suite "$debian" "$release" "$cache/$release/debian" amd64 i386
  take_suite "$debian" "$release-updates" "$cache/$release/debian" amd64
  take_suite "$debian" "$release-backports" "$cache/$release/debian" amd64
  take_suite "$security" "$release-security" "$cache/$release/debian-security" amd64
done
echo "$stamp" >"$cache/stamp"
