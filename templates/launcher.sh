#!/bin/sh
# pommgr-media: runs the pommgr that travels on a medium, on a host that has no Node.js.
#
#     sh /mnt/usb/pommgr apply --media /mnt/usb    as it lies on a medium
#     pommgr-media apply --media /mnt/usb          as it is installed on a host
#
# All arguments are pommgr's own. A runtime is looked for in runtime/ of the medium
# that --media names, beside this file, in the store that --from names (by HTTP too,
# which apt's own program fetches), and among the copies of earlier runs; the newest
# one that is right is taken. It is right when keys that this host trusts,
# /etc/pommgr/trusted-keys.d/*.pem, signed its SHA256SUMS as that of this very runtime,
# as many as signing.threshold of /etc/pommgr/config.yaml asks for. A medium with more
# than 32 runtimes is not looked at. Only copies are checked and run, in
# /var/lib/pommgr/runtime or the directory $POMMGR_RUNTIME_DIR, out of reach of the
# medium, which may be read-only and mounted noexec.

set -u
unset CDPATH IFS
caller_path=${PATH-/usr/sbin:/usr/bin:/sbin:/bin}
caller_umask=$(umask)
caller_locale=${LC_ALL-}
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL

keys_directory=/etc/pommgr/trusted-keys.d
host_config=/etc/pommgr/config.yaml
max_list_bytes=1048576
max_file_bytes=536870912
max_runtimes=32
purpose_start='pommgr-signed/v1 runtime'
newline='
'
work=
exit_code=8
web=
web_checked=no

# Names that lie on a medium may hold anything: only plain ASCII reaches the terminal.
say() {
  printf 'pommgr-media: %s\n' "$(printf '%s' "$*" | tr '\001-\037\177-\377' '?')" >&2
}

hint() {
  printf '  -> %s\n' "$*" >&2
}

fail() {
  exit_code=$1
  shift
  say "$* Nothing was run."
  return 0
}

leave() {
  [ -z "$work" ] || rm -rf -- "$work"
}

main() {
  choose_platform
  require_tools
  open_base
  read_keys "$@"
  read_threshold
  versions=
  chosen=
  refused=
  unreachable=
  each_runtime add_version "$@"
  while [ -z "$chosen" ] && [ -n "$versions" ]; do
    take_newest
    each_runtime try_version "$@"
  done
  [ -n "$chosen" ] || no_runtime "$@"
  [ -z "$refused" ] || say "Running $chosen_from instead."
  remove_old_copies
  leave
  trap - EXIT
  run_chosen "$@"
}

choose_platform() {
  machine=$(uname -m)
  case $machine in
    x86_64) platform=linux-x64 ;;
    aarch64) platform=linux-arm64 ;;
    *)
      fail 8 "There is no runtime for machines of the kind $machine, only for x86_64 and aarch64."
      exit "$exit_code"
      ;;
  esac
}

require_tools() {
  for tool in openssl sha256sum dpkg head tr find mktemp stat; do
    command -v "$tool" >/dev/null 2>&1 && continue
    fail 7 "The program $tool is missing, and without it the medium cannot be checked."
    hint "Install the package that has it; openssl is in the package \"openssl\"."
    exit "$exit_code"
  done
}

# Finds the directory of the copies: it belongs only to this user, on a file system that may execute.
open_base() {
  base=${POMMGR_RUNTIME_DIR:-}
  user=$(id -u)
  if [ -z "$base" ]; then
    base=/var/lib/pommgr/runtime
    if [ "$user" -ne 0 ]; then
      fail 8 "Only root can use $base."
      hint "Run this as root, or name a directory of your own: POMMGR_RUNTIME_DIR=DIR."
      exit "$exit_code"
    fi
    umask 022
    mkdir -p "${base%/*}" 2>/dev/null
  fi
  umask 077
  case $base in
    /*) [ -e "$base" ] || mkdir -p "$base" 2>/dev/null ;;
    *)
      fail 2 "POMMGR_RUNTIME_DIR is $base, expected an absolute path."
      exit "$exit_code"
      ;;
  esac
  if [ ! -d "$base" ] || [ -L "$base" ]; then
    fail 8 "$base could not be made, or is not a directory."
    exit "$exit_code"
  fi
  case $(stat -c '%u %a' "$base") in
    "$user "*[2367]? | "$user "*[2367]) only_ours=no ;;
    "$user "*) only_ours=yes ;;
    *) only_ours=no ;;
  esac
  if [ "$only_ours" = no ]; then
    fail 8 "Others may write in $base: expected a directory of user $user with mode 0700."
    hint "Look at what is in it, then remove it; it is made anew."
    exit "$exit_code"
  fi
  for left in "$base"/.work.*; do
    owner=${left##*/.work.}
    [ ! -d "$left" ] || kill -0 "${owner%%.*}" 2>/dev/null || rm -rf -- "$left"
  done
  if ! work=$(mktemp -d "$base/.work.$$.XXXXXX" 2>&1); then
    reason=$work
    work=
    fail 8 "Cannot write in $base: ${reason##*: }."
    space_hints
    exit "$exit_code"
  fi
  require_writable
  printf '#!/bin/sh\n' >"$work/probe"
  chmod 0700 "$work/probe"
  if ! "$work/probe" 2>/dev/null; then
    fail 8 "Nothing can be executed in $base: its file system is mounted noexec."
    hint "Name a directory on another one: POMMGR_RUNTIME_DIR=DIR."
    exit "$exit_code"
  fi
}

# Tests whether a small file can be written beside the copies.
is_writable() {
  head -c 65536 /dev/zero 2>/dev/null >"$work/room" && rm -f "$work/room" && return 0
  rm -f "$work/room"
  return 1
}

require_writable() {
  (is_writable) 2>/dev/null && return 0
  fail 8 "There is no space left in $base, or it cannot be written."
  space_hints
  exit "$exit_code"
}

space_hints() {
  free=$(free_kib)
  [ -z "$free" ] || hint "The file system of $base has $((free / 1024)) MiB free; \"df -h $base\" names it."
  hint "Free some space there, for instance with \"apt-get clean\","
  hint "or name a directory on another file system: POMMGR_RUNTIME_DIR=DIR."
}

# Prints the KiB that this user may still write in $base; nothing where df does not say.
free_kib() {
  free=$(df -k --output=avail "$base" 2>/dev/null | tail -n 1 | tr -d ' ')
  case $free in '' | *[!0-9]*) ;; *) printf '%s' "$free" ;; esac
}

# Copies the trusted keys, each under its fingerprint.
read_keys() {
  mkdir "$work/keys"
  number_of_keys=0
  [ ! -d "$keys_directory" ] || require_only_ours "$keys_directory"
  for file in "$keys_directory"/*.pem; do
    [ -e "$file" ] || [ -L "$file" ] || continue
    if [ ! -f "$file" ]; then
      fail 3 "$file is not a regular file."
      hint "Remove it, or put the right file in its place."
      exit "$exit_code"
    fi
    require_only_ours "$file"
    if ! openssl pkey -pubin -in "$file" -outform DER -out "$work/key.der" 2>/dev/null ||
      [ "$(wc -c <"$work/key.der")" -ne 44 ]; then
      require_writable
      fail 3 "$file is not a public Ed25519 key in PEM."
      hint "Remove it, or put the right file in its place."
      exit "$exit_code"
    fi
    fingerprint=$(sha256sum <"$work/key.der")
    fingerprint=${fingerprint%% *}
    [ -e "$work/keys/$fingerprint" ] || number_of_keys=$((number_of_keys + 1))
    openssl pkey -pubin -inform DER -in "$work/key.der" -out "$work/keys/$fingerprint"
  done
  [ "$number_of_keys" -eq 0 ] || return 0
  fail 4 "This host trusts no signing key: there is none in $keys_directory."
  each_runtime show_signers "$@"
  hint "Bring the public key, signing-key.pub.pem, from the online side by a way of its own,"
  hint "not on the medium that it signs, and compare its fingerprint with the online side's:"
  hint "  openssl pkey -pubin -in signing-key.pub.pem -outform DER | sha256sum"
  hint "Then trust it; ID is the first 16 digits of the fingerprint:"
  hint "  install -D -m 0644 signing-key.pub.pem $keys_directory/ID.pem"
  hint "Where pommgr is installed, \"pommgr signing-key trust signing-key.pub.pem\" does that."
  exit "$exit_code"
}

# Whoever may write there decides whom this host trusts: only root and the current user may.
require_only_ours() {
  # shellcheck disable=SC2046 # three numbers
  set -- "$1" $(stat -L -c '%u %g %a' "$1")
  others=no
  [ "${2:-x}" = 0 ] || [ "${2:-x}" = "$user" ] || others=yes
  case ${4:-7} in *[2367]) others=yes ;; esac
  case ${4:-7} in *[2367]?) [ "${3:-x}" = 0 ] || others=yes ;; esac
  [ "$others" = yes ] || return 0
  fail 3 "Others may write $1, which says whom this host trusts."
  hint "Look at what is in it, then: chown root:root $1; chmod go-w $1"
  exit "$exit_code"
}

show_signers() {
  for signature in "$1"/SHA256SUMS.*.sig; do
    id=${signature##*/SHA256SUMS.}
    id=${id%.sig}
    case $id in
      *[!0-9a-f]*) ;;
      ????????????????) say "$1 has a signature that names the key $id." ;;
    esac
  done
}

# Reads the number of "signing: threshold:", in the few spellings of YAML that are unambiguous. That of "approval:" is
# for pommgr itself: no approver vouches for a runtime.
read_threshold() {
  threshold=1
  [ -e "$host_config" ] || return 0
  if [ ! -f "$host_config" ] || [ ! -r "$host_config" ]; then unclear_threshold; fi
  case $(cat "$host_config") in
    *threshold* | *signing* | *\\*) ;;
    *) return 0 ;;
  esac
  found=
  below=
  while IFS= read -r line || [ -n "$line" ]; do
    setting=${line%%#*}
    while :; do
      case $setting in
        *' ') setting=${setting% } ;;
        *) break ;;
      esac
    done
    case $setting in
      '') ;;
      *\\*) unclear_threshold ;;
      signing: | approval:) below=${setting%:} ;;
      'signing: {threshold: '*'}' | 'signing: { threshold: '*' }')
        number=${setting##*threshold: }
        number=${number%\}}
        set_threshold "${number% }"
        below=
        ;;
      'approval: {threshold: '[1-9]'}' | 'approval: { threshold: '[1-9]' }') below= ;;
      'approval: {threshold: 1'[0-6]'}' | 'approval: { threshold: 1'[0-6]' }') below= ;;
      ' '*)
        while :; do
          case $setting in
            ' '*) setting=${setting# } ;;
            *) break ;;
          esac
        done
        case "$below $setting" in
          'signing threshold: '*) set_threshold "${setting#threshold: }" ;;
          'approval threshold: '[1-9] | 'approval threshold: 1'[0-6]) ;;
          *' '*threshold* | *' '*signing*) unclear_threshold ;;
        esac
        ;;
      *threshold*) unclear_threshold ;;
      'store: /'* | 'schema: '*) below= ;;
      *signing*) unclear_threshold ;;
      *) below= ;;
    esac
  done <"$host_config"
  threshold=${found:-1}
}

set_threshold() {
  [ -z "$found" ] || unclear_threshold
  case $1 in
    [1-9] | 1[0-6]) found=$1 ;;
    *) unclear_threshold ;;
  esac
}

unclear_threshold() {
  fail 3 "$host_config does not say clearly how many signatures it asks for."
  hint "Write it in two lines: \"signing:\" and \"  threshold: 2\"."
  exit "$exit_code"
}

# Calls "$1 DIRECTORY" for each runtime of each medium, and each copy.
each_runtime() {
  callback=$1
  seen=$newline
  shift
  case $0 in
    */*) each_below "${0%/*}" ;;
    *) each_below . ;;
  esac
  while [ $# -gt 0 ]; do
    case $1 in
      --) break ;;
      --media=*) each_below "${1#--media=}" ;;
      --media) [ $# -eq 1 ] || each_below "$2" ;;
      --from=*) each_offered "${1#--from=}" ;;
      --from) [ $# -eq 1 ] || each_offered "$2" ;;
    esac
    shift
  done
  for runtime in "$base"/*; do
    case ${runtime##*/} in
      *[!0-9a-f]*) ;;
      *) [ ! -d "$runtime" ] || "$callback" "$runtime" ;;
    esac
  done
}

each_below() {
  case $1 in
    /*) top=$1/runtime ;;
    *) top=./$1/runtime ;;
  esac
  case $seen in
    *"$newline$top$newline"*) return 0 ;;
  esac
  seen=$seen$top$newline
  [ -d "$top" ] || return 0
  if [ -L "$top" ]; then
    refuse "$top" 5 "it is a link"
    return 0
  fi
  number_of_runtimes=0
  for runtime in "$top"/*; do
    number_of_runtimes=$((number_of_runtimes + 1))
    [ "$number_of_runtimes" -gt "$max_runtimes" ] || continue
    refuse "$top" 5 "it has more than $max_runtimes entries"
    return 0
  done
  for runtime in "$top"/*; do
    if [ -e "$runtime" ] || [ -L "$runtime" ]; then "$callback" "$runtime"; fi
  done
}

# Calls it for the store of another host: a directory, or what "pommgr serve" there offers.
each_offered() {
  case $1 in
    http://* | https://*) each_on_web "${1%/}" ;;
    *) each_below "$1/medium" ;;
  esac
}

# The server names the versions, and the signatures decide about them. Only these names are fetched yet.
each_on_web() {
  if [ "$web_checked" = no ]; then
    web_checked=yes
    web_address=$1
    case $1 in *[!][0-9A-Za-z.:/_~-]*) return 0 ;; esac
    fetch "$web_address/runtime-versions.txt" "$work/versions" 4096 || return 0
    web=$work/web
    mkdir "$web"
    number_of_runtimes=0
    while IFS= read -r line && [ "$number_of_runtimes" -lt "$max_runtimes" ]; do
      number_of_runtimes=$((number_of_runtimes + 1))
      case $line in '' | [!0-9]* | *[!0-9A-Za-z.+~-]*) continue ;; esac
      [ "${#line}" -gt 64 ] || mkdir -p "$web/$line"
    done <"$work/versions"
  fi
  [ -n "$web" ] || return 0
  for runtime in "$web"/*; do
    [ ! -d "$runtime" ] || "$callback" "$runtime"
  done
}

# Fetches $1 to $2, at most $3 bytes. apt-helper(1) is on every Debian; hosts of the site need no proxy.
# Returns 0, 4 where the server has no such file, 5 for one that is longer, else 6 with the reason in $unreachable.
fetch() {
  rm -f "$2"
  web_host=${1#*://}
  web_host=${web_host%%/*}
  case $web_host in
    '['*) web_host=${web_host#'['} web_host=${web_host%%']'*} ;;
    *) web_host=${web_host%%:*} ;;
  esac
  (
    # The limit is in blocks of 512 bytes; further bytes are never written.
    ulimit -f $(($3 / 512 + 2))
    no_proxy=$web_host
    export no_proxy
    exec /usr/lib/apt/apt-helper -q=2 -o APT::Sandbox::User=root -o Acquire::Retries=1 \
      -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 -o Acquire::http::AllowRedirect=false \
      download-file "$1" "$2"
  ) >"$work/said" 2>&1 && [ -f "$2" ] && [ "$(wc -c <"$2")" -le "$3" ] && return 0
  [ ! -f "$2" ] || [ "$(wc -c <"$2")" -le "$3" ] || return 5
  reason=
  while IFS= read -r line; do
    case $line in 'E: Failed to fetch '*) reason=${line#'E: Failed to fetch '} ;; esac
  done <"$work/said"
  case $reason in *' 404 '*) return 4 ;; esac
  [ -n "$reason" ] || reason="$1 $(tail -n 1 "$work/said")"
  unreachable="this could not be fetched: $reason"
  return 6
}

# Takes a file of a runtime that another host offers, as take_file takes one of a medium.
fetch_file() {
  case $2 in */*) mkdir -p "$taken/${2%/*}" ;; esac
  fetch "$web_address/runtime/${1##*/}/$2" "$taken/$2" "$3" && return 0
  answer=$?
  case $answer in
    4) why="$2 is missing on $web_address" ;;
    5) why="$2 is longer than $3 bytes" ;;
    *)
      why=$unreachable
      code=6
      ;;
  esac
  return "$answer"
}

is_on_web() {
  case $1 in
    "${web:-none}"/*) return 0 ;;
  esac
  return 1
}

# Prints the name of a runtime on a medium; for a copy, the name in its PURPOSE.
version_of() {
  version=${1##*/}
  case $1 in
    "${web:-none}"/*) ;;
    "$base"/*)
      version=$(head -c 128 "$1/PURPOSE" 2>/dev/null)
      version=${version#"$purpose_start "}
      ;;
  esac
  case $version in
    '' | [!0-9]* | *[!0-9A-Za-z.+~-]*) return 1 ;;
  esac
  [ "${#version}" -le 64 ]
}

add_version() {
  if ! version_of "$1"; then
    refuse "$1" 5 "its name is not a version"
  elif [ -L "$1" ] || [ ! -d "$1" ]; then
    refuse "$1" 5 "it is not a directory"
  else
    case $newline$versions in
      *"$newline$version$newline"*) ;;
      *) versions=$versions$version$newline ;;
    esac
  fi
}

# Removes the highest version from the list; 1.0.0-rc.1 is lower than 1.0.0.
take_newest() {
  newest=
  rest=
  set -f
  for version in $versions; do
    if [ -z "$newest" ]; then
      newest=$version
    elif dpkg --compare-versions "$(comparable "$version")" gt "$(comparable "$newest")" 2>/dev/null; then
      rest=$rest$newest$newline
      newest=$version
    else
      rest=$rest$version$newline
    fi
  done
  set +f
  versions=$rest
}

comparable() {
  printf '%s' "$1" | tr - '~'
}

# A full disk may look like a damaged file: a file is reported as damaged only if writing works.
refuse() {
  refused=yes
  if [ "$2" -ne 8 ]; then require_writable; fi
  if is_on_web "$1"; then
    say "$web_address/runtime/${1##*/} is not used: $3."
  else
    say "$1 is not used: $3."
  fi
  case $exit_code$2 in
    84 | 85 | 54 | 86) exit_code=$2 ;;
  esac
}

try_version() {
  [ -z "$chosen" ] || return 0
  version_of "$1" || return 0
  if [ "$version" != "$newest" ] || [ -L "$1" ] || [ ! -d "$1" ]; then return 0; fi
  code=5
  why=
  if take_checked "$1"; then
    chosen=$copy
    chosen_from=$1
  else
    refuse "$1" "$code" "$why"
  fi
}

# Makes a checked copy of a runtime in $copy, or checks the existing one.
take_checked() {
  taken=$work/taken
  rm -rf -- "$taken"
  mkdir "$taken"
  take_file "$1" SHA256SUMS "$max_list_bytes" || return 1
  check_signatures "$1" || return 1
  read_list || return 1
  digest=$(sha256sum <"$taken/SHA256SUMS")
  copy=$base/${digest%% *}
  if [ -e "$copy" ]; then
    if check_files "$copy" && has_no_more "$copy"; then
      cp "$taken"/SHA256SUMS.* "$copy/"
      return 0
    fi
    say "$copy is damaged and is made anew."
    rm -rf -- "$copy"
  fi
  require_space "$1" || return 1
  copy_files "$1" && check_files "$taken" || return 1
  chmod 0700 "$taken/$platform/node"
  # Another run may have been faster: a directory that is not empty is not replaced.
  mv -T "$taken" "$copy" 2>/dev/null && return 0
  check_files "$copy" && has_no_more "$copy" && return 0
  why="it could not be moved to $copy"
  code=8
  return 1
}

# Copies a regular file of at most $3 bytes.
take_file() {
  if is_on_web "$1"; then
    fetch_file "$@"
    return
  fi
  if [ -L "$1/$2" ] || [ ! -f "$1/$2" ]; then
    why="$2 is missing or not a regular file"
    return 1
  fi
  if ! head -c $(($3 + 1)) "$1/$2" >"$taken/$2" 2>"$work/said"; then
    why="$2 could not be copied: $(tail -n 1 "$work/said")"
    code=8
    return 1
  fi
  [ "$(wc -c <"$taken/$2")" -le "$3" ] && return 0
  why="$2 is longer than $3 bytes"
  return 1
}

# A bad signature by a trusted key is an error; one by another key is ignored.
check_signatures() {
  seats=
  good=0
  code=4
  for key in "$work"/keys/*; do
    id=${key##*/}
    id=${id%"${id#????????????????}"}
    name=SHA256SUMS.$id.sig
    if is_on_web "$1"; then
      take_file "$1" "$name" 64
      case $? in 0) ;; 4) continue ;; *) return 1 ;; esac
    else
      [ -e "$1/$name" ] || [ -L "$1/$name" ] || continue
      take_file "$1" "$name" 64 || return 1
    fi
    if ! openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$taken/SHA256SUMS" \
      -sigfile "$taken/$name" >/dev/null 2>&1; then
      why="SHA256SUMS is not what the key $id signed"
      return 1
    fi
    find_seat "${key##*/}"
    case "$seats " in
      *" $seat "*) ;;
      *)
        seats="$seats $seat"
        good=$((good + 1))
        ;;
    esac
  done
  code=5
  [ "$good" -lt "$threshold" ] || return 0
  code=4
  why="$good of this host's trusted keys signed it, expected $threshold"
  return 1
}

# A key and its successors count as one; pommgr leaves a mark beside them.
find_seat() {
  seat=$1
  steps=0
  while [ "$steps" -lt 64 ]; do
    mark=$keys_directory/${seat%"${seat#????????????????}"}.successor-of
    [ -e "$mark" ] || return 0
    seat=$(head -c 65 "$mark")
    steps=$((steps + 1))
  done
}

# Writes the part of SHA256SUMS for this machine to $work/list.
read_list() {
  number=0
  rm -f "$work/list"
  while IFS= read -r line || [ -n "$line" ]; do
    sum=${line%%  *}
    name=${line#*  }
    case $sum in *[!0-9a-f]*) sum= ;; esac
    case $name in
      PURPOSE | "$platform"/[!.]*) wanted=yes ;;
      *) wanted=no ;;
    esac
    case ${name#*/} in '' | *[!A-Za-z0-9._+-]*) sum= ;; esac
    if [ "${#sum}" -ne 64 ]; then
      why="SHA256SUMS is not a list of digests"
      return 1
    fi
    [ "$wanted" = yes ] || continue
    number=$((number + 1))
    if ! printf '%s\n' "$line" >>"$work/list"; then
      why="the list of its files could not be written in $base"
      code=8
      return 1
    fi
  done <"$taken/SHA256SUMS"
  list=$(cat "$work/list" 2>/dev/null)$newline
  purpose=$(printf '%s %s\n' "$purpose_start" "$newest" | sha256sum)
  case $newline$list in
    *"$newline${purpose%% *}  PURPOSE$newline"*) ;;
    *)
      why="it was signed for something else than the runtime $newest"
      code=4
      return 1
      ;;
  esac
  for name in "$platform/node" "$platform/pommgr.mjs"; do
    case $list in
      *"  $name$newline"*) ;;
      *)
        why="it has no $name, which this machine needs"
        return 1
        ;;
    esac
  done
}

# Checks the free space before the first byte is copied.
require_space() {
  free=$(free_kib)
  [ -n "$free" ] || return 0
  need=1024
  while IFS= read -r line; do
    size=$(stat -c %s "$1/${line#*  }" 2>/dev/null) || continue
    # A file that is too long is refused while it is copied.
    [ "$size" -le "$max_file_bytes" ] || continue
    need=$((need + size / 1024 + 8))
  done <"$work/list"
  [ "$need" -gt "$free" ] || return 0
  why="there is too little space in $base: expected $((need / 1024)) MiB free, found $((free / 1024)) MiB"
  code=8
  return 1
}

copy_files() {
  mkdir "$taken/$platform"
  if is_on_web "$1"; then say "Fetching the runtime $newest from $web_address."; fi
  if [ -L "$1/$platform" ]; then
    why="$platform is a link"
    return 1
  fi
  while IFS= read -r line; do
    take_file "$1" "${line#*  }" "$max_file_bytes" || return 1
  done <"$work/list"
}

check_files() {
  (cd "$1" && sha256sum -c "$work/list") >"$work/said" 2>/dev/null && return 0
  while IFS= read -r line; do
    case $line in
      *': OK') ;;
      *) why="${line%%:*} is damaged" ;;
    esac
  done <"$work/said"
  [ -n "$why" ] || why="its files could not be read"
  return 1
}

# Allows only the listed files, the manifest and its signatures.
has_no_more() {
  others=$(find "$1" ! -type d ! -name SHA256SUMS ! -name 'SHA256SUMS.*.sig' | wc -l)
  links=$(find "$1" ! -type d ! -type f | wc -l)
  [ "$others" -eq "$number" ] && [ "$links" -eq 0 ]
}

no_runtime() {
  if [ -z "$refused" ] && [ -n "$unreachable" ]; then
    fail 6 "There is no copy of a runtime on this host, and $unreachable."
    hint "Check that \"pommgr serve\" runs on that host and can be reached from here."
  elif [ -z "$refused" ] && [ "$web_checked" = yes ]; then
    fail 8 "There is no copy of a runtime on this host, and $web_address offers none."
    hint "On that host \"pommgr serve --media DIR\" takes the runtime of a medium."
  elif [ -z "$refused" ]; then
    fail 8 "There is no runtime on the medium, and no copy of one on this host."
    hint "Name the medium: --media DIR. \"pommgr pack\" writes runtime/ unless told --no-runtime."
    hint "Where pommgr is installed, run that: it needs none."
  else
    if [ "$exit_code" -eq 8 ]; then
      fail 8 "No runtime could be copied to this host."
      space_hints
      exit "$exit_code"
    fi
    if [ "$exit_code" -eq 6 ]; then
      fail 6 "No runtime could be fetched from $web_address."
      hint "Run the same command again; check that \"pommgr serve\" runs there and can be reached."
      exit "$exit_code"
    fi
    fail "$exit_code" "No runtime is right."
    each_runtime show_signers "$@"
    hint "Write the medium again on the online side; or, if the key that signed is a new one,"
    hint "trust it as POMMGR.txt says. Find out who had the medium if this comes again."
  fi
  exit "$exit_code"
}

# A runtime that is still running is not removed.
remove_old_copies() {
  running=
  for old in "$base"/*; do
    [ "$old" != "$chosen" ] || continue
    case ${old##*/} in *[!0-9a-f]*) continue ;; esac
    [ -d "$old" ] || continue
    [ -n "$running" ] || running=$(ls -l /proc/[0-9]*/exe 2>/dev/null)$newline
    case $running in
      *" $old/"*) ;;
      *) rm -rf -- "$old" ;;
    esac
  done
}

# The program loads nothing from outside of the copy.
run_chosen() {
  unset NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE
  umask "$caller_umask"
  PATH=$caller_path
  if [ -n "$caller_locale" ]; then LC_ALL=$caller_locale; else unset LC_ALL; fi
  POMMGR_COMMAND=$(own_command)
  if [ -n "$POMMGR_COMMAND" ]; then export POMMGR_COMMAND; else unset POMMGR_COMMAND; fi
  medium=$(own_medium "$@")
  if [ -n "$medium" ]; then set -- "$@" --media "$medium"; fi
  exec "$chosen/$platform/node" "$chosen/$platform/pommgr.mjs" "$@"
}

# Prints the command in pommgr's texts: a host may have only this launcher. Prints nothing where pommgr is installed.
own_command() {
  ! command -v pommgr >/dev/null 2>&1 || return 0
  if command -v pommgr-media >/dev/null 2>&1; then
    printf pommgr-media
    return 0
  fi
  case $0 in
    *[!A-Za-z0-9._/+-]*) printf pommgr-media ;;
    */*) printf 'sh %s' "$0" ;;
    *) printf 'sh ./%s' "$0" ;;
  esac
}

# Prints the directory of this launcher, if it is a medium and the command needs one that the arguments do not name.
own_medium() {
  case ${1:-}/${2:-} in
    apply/* | verify/* | subscription/activate) ;;
    *) return 0 ;;
  esac
  for word; do
    case $word in
      --media | --media=* | --from | --from=* | --help | -h | --) return 0 ;;
    esac
  done
  case $0 in
    */*) top=${0%/*} ;;
    *) top=. ;;
  esac
  if [ -d "$top/bundles" ] || [ -d "$top/subscriptions" ]; then printf '%s' "$top"; fi
}

trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
main "$@"
