#!/usr/bin/env bash
# Makes the system of the hosts that the tests of the Ansible collection manage, once, in .cache/hosts: the Debian 12 of
# tests/prepare-roots.sh with Python. Debian 12, for the ansible-core of Debian 12 and of Debian 13 both manage its Python.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tests/prepare-roots.sh
source=$PWD/.cache/roots/bookworm
cache=$PWD/.cache/hosts
stamp="$(sha256sum tests/prepare-hosts.sh | cut -d' ' -f1) $(cat "$source/stamp")"

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
[ "$(cat "$cache/stamp" 2>/dev/null)" = "$stamp" ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "Only root can make the hosts for the tests: run tests/prepare-hosts.sh as root once." >&2
  exit 1
fi
echo "Making the hosts for the tests of the Ansible collection" >&2
root=$cache/root.new
rm -rf "$root" "$cache/root"
mkdir "$root"
tar --extract --file "$source/root.tar" --directory "$root" --numeric-owner
cp /etc/resolv.conf "$root/etc/resolv.conf"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m1 '/debian/$' || true)
eval "$(apt-config shell proxy Acquire::http::Proxy)"
cat >"$root/etc/apt/apt.conf.d/prepare" <<END
Acquire::Languages "none";
APT::Sandbox::User "root";
${proxy:+Acquire::http::Proxy "$proxy";}
END
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
rm -rf "$root"/etc/apt/sources.list.d/*
echo "deb ${mirror:-http://ftp.debian.org/debian/} bookworm main" >"$root/etc/apt/sources.list"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$root" apt-get -qq update
chroot "$root" apt-get -qq install --no-install-recommends -y gpgv openssl python3 >/dev/null
chroot "$root" apt-get clean
rm -rf "$root/etc/apt/apt.conf.d/prepare" "$root"/var/lib/apt/lists/*
mv "$root" "$cache/root"
echo "$stamp" >"$cache/stamp"
