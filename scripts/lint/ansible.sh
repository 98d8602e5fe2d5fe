#!/usr/bin/env bash
# `npm run check:ansible`: ansible-lint, and those sanity tests of Ansible that need no network, on a copy of the collection
# at the path that both ask for. Needs Debian's ansible-lint.
set -euo pipefail
cd "$(dirname "$0")/../.."

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME=$home ANSIBLE_COLLECTIONS_PATH=$home LC_ALL=C.UTF-8
place=$home/ansible_collections/pommgr/pommgr
mkdir -p "$(dirname "$place")"
cp --recursive --dereference ansible "$place"
cd "$place"
# Both look at the files that git knows.
git init --quiet
git add --all

ansible-lint --offline --profile production
# Fails where the documentation of a module cannot be read.
ansible-doc --json --type module $(ansible-doc --list --type module pommgr.pommgr | cut --delimiter=' ' --fields=1) >/dev/null
tests=(action-plugin-docs compile empty-init future-import-boilerplate ignores line-endings metaclass-boilerplate
  no-assert no-basestring no-dict-iteritems no-dict-iterkeys no-dict-itervalues no-get-exception no-illegal-filenames
  no-main-display no-smart-quotes no-unicode-literals replace-urlopen shebang symlinks use-argspec-type-path use-compat-six)
args=()
for name in $(ansible-test sanity --list-tests 2>/dev/null); do
  case " ${tests[*]} " in *" $name "*) args+=(--test "$name") ;; esac
done
[ "${#args[@]}" -gt 0 ] || { echo "ansible-test has none of these tests" >&2; exit 1; }
ansible-test sanity --python "$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" "${args[@]}"
