#!/bin/sh
# Checks a whole medium with only openssl and sha256sum, and runs nothing from it.
#
#     sh tool/verify.sh [--set] [MEDIUM [KEYS [APPROVERS]]]
#
# --set: this medium is one of several, and volumes may be on the others.
# MEDIUM: where the medium is mounted; without it, the directory above this file's.
# KEYS: the directory of the public keys that you trust, *.pem, brought another way
# than on a medium; without it, /etc/pommgr/trusted-keys.d.
# APPROVERS: the same for those who approve bundles; without it, /etc/pommgr/approvers.d.
#
# Ends with 0 only when at least one bundle is there, and every bundle, runtime/,
# subscriptions/, reports/ and tool/ are whole, hold nothing more, and are signed by
# one of your keys as what they are: each list names PURPOSE, which says what the
# directory is. It says who approved each bundle, and leaves it to the hosts to ask for
# that. Check this file first, as POMMGR.txt says.

set -u
unset CDPATH IFS
LC_ALL=C
export LC_ALL
newline='
'
case $0 in
  */*) here=${0%/*} ;;
  *) here=. ;;
esac
is_set=no
if [ "${1:-}" = --set ]; then
  is_set=yes
  shift
fi
medium=${1:-$here/..}
keys=${2:-/etc/pommgr/trusted-keys.d}
approvers=${3:-/etc/pommgr/approvers.d}
case $medium in /*) ;; *) medium=./$medium ;; esac
case $keys in /*) ;; *) keys=$PWD/$keys ;; esac
case $approvers in /*) ;; *) approvers=$PWD/$approvers ;; esac
good_bundles=0
wrong=0
work=

# Names that lie on a medium may hold anything: only plain ASCII reaches the terminal.
say() {
  printf '%s' "$*" | tr '\001-\037\177-\377' '?'
  printf '\n'
}

problem() {
  say "WRONG  $*"
  wrong=$((wrong + 1))
  is_good=no
}

# shellcheck disable=SC2317 # the trap calls it
leave() {
  [ -z "$work" ] || rm -rf -- "$work"
}

stop() {
  say "$*"
  exit 2
}

main() {
  for tool in openssl sha256sum head mktemp tr date; do
    command -v "$tool" >/dev/null 2>&1 || stop "The program $tool is missing: nothing was checked."
  done
  cd "$medium" 2>/dev/null || stop "There is no directory $medium."
  work=$(mktemp -d) || stop "No directory for temporary files could be made."
  read_keys "$keys" "$work"
  one_key "$work" || stop "There is no public key in $keys: nothing was checked."
  mkdir "$work/approvers"
  read_keys "$approvers" "$work/approvers"
  check_one tool . tool
  for group in bundles runtime subscriptions reports approvals; do
    if [ -L "$group" ]; then
      problem "$group is a link"
      continue
    fi
    for directory in "$group"/* "$group"/.[!.]* "$group"/..?*; do
      [ -e "$directory" ] || [ -L "$directory" ] || continue
      if [ "$group" = bundles ] && ! is_bundle_name "${directory##*/}"; then
        stranger "$directory"
      elif is_beside_bundle "$group" && [ ! -d "bundles/${directory##*/}" ]; then
        stranger "$directory"
      elif [ "$group" = approvals ]; then
        check_approvals "${directory##*/}"
      else
        check_one "$directory" "$directory" "$group"
      fi
    done
  done
  name_strangers
  if [ "$wrong" -eq 0 ] && [ "$good_bundles" -gt 0 ]; then
    say "Everything is right: $good_bundles bundle(s), and all else that pommgr wrote."
    exit 0
  fi
  [ "$good_bundles" -gt 0 ] || say "WRONG  there is no bundle that is right"
  say "Do not use this medium. Tell the online side, and find out who had it."
  exit 1
}

# Reports and approvals are named by the bundle that they are of.
is_beside_bundle() {
  [ "$1" = reports ] || [ "$1" = approvals ]
}

is_bundle_name() {
  case $1 in
    [!a-z0-9]* | *[!a-z0-9.-]*) return 1 ;;
  esac
  case ${1##*-} in
    "$1" | '' | 0* | *[!0-9]*) return 1 ;;
  esac
}

stranger() {
  say "other  $1 is not of pommgr, and was not read"
}

# Copies the keys in $1 to $2, each under its id.
read_keys() {
  [ ! -d "$1" ] || require_only_ours "$1"
  for file in "$1"/*.pem; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    [ -f "$file" ] || stop "$file is not a regular file: nothing was checked."
    require_only_ours "$file"
    openssl pkey -pubin -in "$file" -outform DER -out "$work/der" 2>/dev/null ||
      stop "$file is not a public key: nothing was checked."
    id=$(sha256sum <"$work/der")
    cp "$file" "$2/${id%"${id#????????????????}"}.pem"
  done
}

one_key() {
  for file in "$1"/*.pem; do
    [ ! -f "$file" ] || return 0
  done
  return 1
}

# Whoever may write there decides whom you trust: only root and the current user may.
require_only_ours() {
  # shellcheck disable=SC2046,SC2012 # mode, links, user, group
  set -- "$1" $(ls -ldnL "$1" | cut -c 1-60)
  others=no
  [ "${4:-x}" = 0 ] || [ "${4:-x}" = "$(id -u)" ] || others=yes
  case ${2:-} in
    ????????w*) others=yes ;;
    ?????w*) [ "${5:-x}" = 0 ] || others=yes ;;
  esac
  [ "$others" = no ] || stop "Others may write $1, which says whom you trust: nothing was checked."
}

# Says who approved the bundle $1: keys in $approvers count, each once; others count for nothing.
check_approvals() {
  is_good=yes
  beside=approvals/$1
  if [ -L "$beside" ] || [ ! -d "$beside" ]; then
    problem "$beside is not a directory"
    return 0
  fi
  number=0
  for entry in "$beside"/* "$beside"/.[!.]* "$beside"/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    is_statement_name "${entry##*/}" || problem "$entry does not belong there"
    case $entry in *.txt) number=$((number + 1)) ;; esac
  done
  [ "$number" -le 64 ] || problem "$beside has more than 64 approvals"
  [ "$is_good" = yes ] || return 0
  if ! one_key "$work/approvers"; then
    say "other  $beside has $number statement(s), and there is no approver's key in $approvers"
    return 0
  fi
  root=$(digest_of "bundles/$1/SHA256SUMS")
  report=$(digest_of "reports/$1/SHA256SUMS")
  approved=0
  for key in "$work/approvers"/*.pem; do
    id=${key##*/}
    id=${id%.pem}
    withdrawn=0
    each_statement withdraw
    counts=no
    each_statement approve
    [ "$counts" = no ] || approved=$((approved + 1))
  done
  [ "$is_good" = no ] || say "right  $beside: $approved key(s) approved this bundle"
}

# SHA-256 in Base64, as statements have it; nothing for a file that is not there.
digest_of() {
  if [ ! -L "$1" ] && [ -f "$1" ]; then openssl dgst -sha256 -binary "$1" | openssl base64; fi
}

is_statement_name() {
  stem=${1%.*}
  case $1 in *.txt | *.sig | *.words) ;; *) return 1 ;; esac
  case $stem in
    ????????????????-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z) ;;
    *) return 1 ;;
  esac
  is_key_id "${stem%-*}"
}

# Looks at the statements of the key $id that decide $1.
each_statement() {
  for text in "$beside/$id"-*.txt; do
    [ -e "$text" ] || [ -L "$text" ] || continue
    read_statement || continue
    case $1/$decision in
      withdraw/*' withdraw') note_withdrawal ;;
      approve/*' approve') count_approval ;;
    esac
  done
}

# Reads one into $decision, $of, $about, $at, $until and $by.
read_statement() {
  signature=${text%.txt}.sig
  for file in "$text" "$signature"; do
    if [ -L "$file" ] || [ ! -f "$file" ]; then
      problem "$file is missing, or is not a regular file"
      return 1
    fi
  done
  head -c 257 "$text" >"$work/statement"
  if [ "$(wc -c <"$work/statement")" -gt 256 ] ||
    ! openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/statement" \
      -sigfile "$signature" >/dev/null 2>&1; then
    problem "$signature is not what the approver $id would have signed"
    return 1
  fi
  decision='' of='' about='' until=''
  {
    IFS= read -r decision
    IFS= read -r of
    case $decision in *' approve') IFS= read -r about ;; esac
    IFS= read -r at
    case $decision in *' approve') IFS= read -r until ;; esac
    IFS= read -r by
  } <"$work/statement"
  at=${at#at } until=${until#until }
  case $decision/$of/${text##*/} in
    'pommgr-approval/v1 approve/root '*"/$id-$at.txt") is_time "$until" && return 0 ;;
    'pommgr-approval/v1 withdraw/root '*"/$id-$at.txt") return 0 ;;
  esac
  problem "$text is signed by the approver $id, and is not an approval"
  return 1
}

is_time() {
  case $1 in
    [0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z) return 0 ;;
  esac
  return 1
}

# 20261128T145403Z is 20261128145403.
number_of() {
  printf '%s' "$1" | tr -d TZ
}

note_withdrawal() {
  [ "$of" = "root $root" ] || return 0
  [ "$(number_of "$at")" -le "$withdrawn" ] || withdrawn=$(number_of "$at")
}

count_approval() {
  if [ "$of" != "root $root" ]; then
    say "other  $text is for another bundle"
  elif [ "$(number_of "$at")" -le "$withdrawn" ]; then
    say "other  $text was withdrawn"
  elif [ "$about" != "report $report" ]; then
    say "other  $text is for another report"
  elif [ "$(number_of "$until")" -le "$(date -u +%Y%m%d%H%M%S)" ]; then
    say "other  $text expired at $until"
  else
    say "right  $text, approved $by until $until"
    counts=yes
  fi
}

# $1 has the list and its signatures, and names in it are relative to $2; $3 is what it
# must be: tool, bundles, runtime, subscriptions, reports.
check_one() {
  is_good=yes
  signers=
  if [ -L "$1" ] || [ ! -d "$1" ]; then
    problem "$1 is missing, or is not a directory"
    return 0
  fi
  list=$1/SHA256SUMS
  if [ -L "$list" ] || [ ! -f "$list" ]; then
    problem "$list is missing, or is not a regular file"
    return 0
  fi
  head -c 1048577 "$list" >"$work/list"
  if [ "$(wc -c <"$work/list")" -gt 1048576 ]; then
    problem "$list is too long"
    return 0
  fi
  check_signatures "$1"
  [ "$is_good" = yes ] || return 0
  read_names "$1" "$3"
  [ "$is_good" = yes ] || return 0
  check_purpose "$1" "$3"
  [ "$is_good" = yes ] || return 0
  find_extra "$1" "$2"
  : >"$work/here"
  while IFS= read -r line; do
    name=${line#*  }
    if is_elsewhere "$2" "$name"; then
      say "other  $2/$name is on another medium of the set"
      continue
    fi
    if [ -L "$2/$name" ] || [ ! -f "$2/$name" ]; then
      problem "$2/$name is missing, or is not a regular file"
    fi
    printf '%s\n' "$line" >>"$work/here"
  done <"$work/list"
  [ "$is_good" = yes ] || return 0
  (cd "$2" && sha256sum -c "$work/here") >"$work/said" 2>/dev/null
  code=$?
  while IFS= read -r line; do
    case $line in
      *': OK') ;;
      *) problem "$2/${line%%:*} was changed or cannot be read" ;;
    esac
  done <"$work/said"
  if [ "$code" -ne 0 ] && [ "$is_good" = yes ]; then problem "$1: sha256sum failed"; fi
  [ "$is_good" = yes ] || return 0
  say "right  $1, signed by$signers"
  case $1 in
    bundles/*) count_bundle "$1" ;;
  esac
}

is_elsewhere() {
  case $is_set/$1/$2 in
    yes/bundles/*/vol-[0-9]*.tar) [ ! -e "$1/$2" ] && [ ! -L "$1/$2" ] ;;
    *) return 1 ;;
  esac
}

# Packages of a bundle without volumes are elsewhere, and no SHA256SUMS lists them.
count_bundle() {
  if [ -f "$1/packages.jsonl" ]; then
    problem "$1 names snapshots beside it, which only \"pommgr verify\" can check"
  else
    good_bundles=$((good_bundles + 1))
  fi
}

check_signatures() {
  others=
  for signature in "$1"/SHA256SUMS.*.sig; do
    [ -e "$signature" ] || [ -L "$signature" ] || continue
    id=${signature##*/SHA256SUMS.}
    id=${id%.sig}
    key=$work/$id.pem
    is_key_id "$id" || key=
    if [ -L "$signature" ] || [ ! -f "$signature" ]; then
      problem "$signature is not a regular file"
    elif [ -z "$key" ] || [ ! -f "$key" ]; then
      others="$others $id"
    elif openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/list" \
      -sigfile "$signature" >/dev/null 2>&1; then
      signers="$signers $id"
    else
      problem "$signature is not what the key $id would have signed"
    fi
  done
  if [ -z "$signers" ] && [ "$is_good" = yes ]; then
    problem "$1 is not signed by a key that you trust (found:${others:- no signature})"
  fi
}

is_key_id() {
  case $1 in
    *[!0-9a-f]*) return 1 ;;
    ????????????????) return 0 ;;
  esac
  return 1
}

read_names() {
  names=$newline
  while IFS= read -r line || [ -n "$line" ]; do
    sum=${line%%  *}
    name=${line#*  }
    case $sum in *[!0-9a-f]*) sum= ;; esac
    case /$name/ in
      *[!A-Za-z0-9._+/-]* | *//* | */./* | */../*) sum= ;;
    esac
    if [ "${#sum}" -ne 64 ]; then
      problem "$1/SHA256SUMS is not a list of digests"
      return 0
    fi
    if ! is_name "$2" "$name"; then
      problem "$1/SHA256SUMS lists $name, which does not belong there"
      return 0
    fi
    names=$names$name$newline
  done <"$work/list"
}

is_name() {
  case $1/$2 in
    tool/POMMGR.txt | tool/pommgr | tool/tool/verify.sh | tool/tool/PURPOSE) ;;
    bundles/PURPOSE | bundles/bundle.json | bundles/closure-list.jsonl | bundles/vol-[0-9][0-9][0-9][0-9].tar) ;;
    bundles/*/*) return 1 ;;
    bundles/baseline.json | bundles/packages.jsonl | bundles/keyring-*.gpg) ;;
    runtime/*/*/*) return 1 ;;
    runtime/PURPOSE | runtime/[a-z0-9]*-[a-z0-9]*/[A-Za-z0-9_]*) ;;
    subscriptions/PURPOSE | subscriptions/subscriptions.json) ;;
    subscriptions/infos/[0-9][0-9][0-9][0-9].json | subscriptions/infos/[0-9][0-9][0-9][0-9].age) ;;
    subscriptions/STEPS.txt | subscriptions/STEPS.html) ;;
    subscriptions/STEPS.ja.txt | subscriptions/STEPS.ja.html) ;;
    reports/PURPOSE | reports/report.html | reports/report.ja.html | reports/report.json) ;;
    *) return 1 ;;
  esac
}

# Checks that the manifest was signed for this directory, and lists all that one of this kind has.
check_purpose() {
  case $2 in
    tool) purpose="tool tool" needed="POMMGR.txt pommgr tool/verify.sh" file=tool/PURPOSE ;;
    bundles) purpose="bundle ${1##*/}" needed=bundle.json file=PURPOSE ;;
    runtime) purpose="runtime ${1##*/}" needed='' file=PURPOSE ;;
    reports)
      purpose="report ${1##*/}" needed="report.html report.ja.html report.json" file=PURPOSE
      ;;
    *) purpose="subscriptions ${1##*/}" needed=subscriptions.json file=PURPOSE ;;
  esac
  digest=$(printf 'pommgr-signed/v1 %s\n' "$purpose" | sha256sum)
  is_for=no
  while IFS= read -r line; do
    [ "$line" != "${digest%% *}  $file" ] || is_for=yes
    case $2/${line#*  } in
      runtime/*/*)
        name=${line#*  }
        needed="$needed ${name%%/*}/node ${name%%/*}/pommgr.mjs"
        ;;
    esac
  done <"$work/list"
  [ "$is_for" = yes ] || problem "$1 was signed for something else than $purpose"
  [ "$2$needed" != runtime ] || problem "$1 has a runtime for no platform"
  for name in $needed; do
    case $names in
      *"$newline$name$newline"*) ;;
      *) problem "$1/SHA256SUMS does not list $name" ;;
    esac
  done
}

# Checks that $1 and all below it hold only the listed files, the manifest and its signatures.
find_extra() {
  case $2 in
    .) prefix=$1/ ;;
    *) prefix= ;;
  esac
  walk "$1" "$prefix" >"$work/found"
  while IFS= read -r name; do
    [ "$name" != "${prefix}SHA256SUMS" ] || continue
    id=${name#"${prefix}SHA256SUMS."}
    if [ "$id" != "$name" ] && [ "${id%.sig}.sig" = "$id" ] && is_key_id "${id%.sig}"; then continue; fi
    case $names in
      *"$newline$name$newline"*) ;;
      *) problem "$2/$name does not belong there" ;;
    esac
  done <"$work/found"
}

is_empty() {
  for inner in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if [ -e "$inner" ] || [ -L "$inner" ]; then return 1; fi
  done
}

# Prints the files and empty directories below $1, each after $2; a line break in a name becomes "?", which no list has.
walk() (
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    if [ -d "$entry" ] && [ ! -L "$entry" ] && ! is_empty "$entry"; then
      walk "$entry" "$2${entry##*/}/"
    else
      printf '%s' "$2${entry##*/}" | tr '\n' '?'
      printf '\n'
    fi
  done
)

name_strangers() {
  for entry in * .[!.]* ..?*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    case $entry in
      POMMGR.txt | pommgr | tool | bundles | runtime | subscriptions | reports | approvals | receipts | rotations) ;;
      *) check_stranger "$entry" ;;
    esac
  done
}

# One of our names in other letters would be passed over; where the file system takes all
# letters for one, it is ours.
check_stranger() {
  small=$(printf '%s' "$1" | tr '[:upper:]\n' '[:lower:]?')
  case $small in
    pommgr.txt) own=POMMGR.txt ;;
    pommgr | tool | bundles | runtime | subscriptions | reports | approvals | receipts | rotations)
      own=$small
      ;;
    *)
      stranger "$1"
      return 0
      ;;
  esac
  for entry in *; do
    [ "$entry" != "$own" ] || problem "$1 must be called $own"
  done
  [ -e "$own" ] || problem "$1 must be called $own"
}

trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
main
