/** Completion for bash, made of the command surface: topics, commands, flags and their values. */

/**
 * The script needs nothing but bash itself: it reads the config and the names of directories, and runs no pommgr.
 * @param {import('./command-line.mjs').CommandLine} commandLine
 * @param {readonly string[]} presets their names
 */
export function bashCompletion({ commands, topics }, presets) {
  const starts = [
    ...new Set(['help', '--help', '--version', ...commands.map(({ name }) => firstWord(name))]),
  ];
  const topicCases = topics.map(({ name }) => {
    const own = commands.filter((command) => command.name.startsWith(`${name} `));
    return `    ${name}) echo '${own.map((command) => command.name.slice(name.length + 1)).join(' ')}' ;;`;
  });
  const flagCases = commands.map(({ name, flags }) => {
    const names = flags.flatMap((flag) => [`--${flag.name}`, ...(flag.char ? [`-${flag.char}`] : [])]);
    return `    '${name}') echo '${[...names, '--help'].join(' ')}' ;;`;
  });
  const valueCases = commands.flatMap(({ name, flags, args }) => [
    ...flags.filter(({ type }) => type === 'option').map((flag) => valueCase(name, flag, presets)),
    ...argumentCases(name, args),
  ]);
  return `# bash completion for pommgr(1)

_pommgr_commands() {
  case $1 in
${topicCases.join('\n')}
  esac
}

_pommgr_flags() {
  case $1 in
${flagCases.join('\n')}
  esac
}

# Of a command and a flag, or of a command's arguments: words, or @ and what they are.
_pommgr_values() {
  case $1 in
${valueCases.join('\n')}
  esac
}

_pommgr_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

# Names may have spaces in them.
_pommgr_paths() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen "$1" -- "$current"))
  compopt -o filenames 2>/dev/null
}

# The config that the command line names, or that pommgr would find.
_pommgr_config() {
  local index file
  for ((index = 1; index < COMP_CWORD; index++)); do
    [ "\${COMP_WORDS[index]}" = --config ] || continue
    file=\${COMP_WORDS[index + 1]}
    [ "$file" = = ] && file=\${COMP_WORDS[index + 2]}
  done
  for file in "$file" "$POMMGR_CONFIG" ./pommgr.yaml /etc/pommgr/pommgr.yaml; do
    [ -f "$file" ] && [ -r "$file" ] && echo "$file" && return
  done
}

# Values of a setting: "" stateDir, or those below a section: site name. For files as pommgr writes them.
_pommgr_settings() {
  local config line section= pattern="^([ -]*)$2:[ ]*[\\"']?([^\\"'#]*[^\\"'# ])"
  config=$(_pommgr_config)
  [ -n "$config" ] || return
  while IFS= read -r line; do
    [[ $line =~ ^([a-zA-Z]+): ]] && section=\${BASH_REMATCH[1]}
    [[ $line =~ $pattern ]] || continue
    if [ -z "$1" ]; then
      [ -z "\${BASH_REMATCH[1]}" ] && echo "\${BASH_REMATCH[2]}"
    elif [ "$section" = "$1" ] && [ -n "\${BASH_REMATCH[1]}" ]; then
      echo "\${BASH_REMATCH[2]}"
    fi
  done <"$config"
}

# Names of what lies in directories, without a suffix.
_pommgr_entries() {
  local suffix=$1 path
  shift
  for path in "$@"; do
    [ -e "$path" ] || continue
    path=\${path##*/}
    case $path in *.tmp) ;; *) echo "\${path%"$suffix"}" ;; esac
  done
}

# The directory with the online side's baselines.
_pommgr_state() {
  local config state
  config=$(_pommgr_config)
  [ -n "$config" ] || return
  state=$(_pommgr_settings "" stateDir)
  case \${state:=./state} in
    /*) echo "$state" ;;
    *) echo "\${config%/*}/$state" ;;
  esac
}

_pommgr_media() {
  local index
  for ((index = 1; index < COMP_CWORD; index++)); do
    [ "\${COMP_WORDS[index]}" = --media ] && echo "\${COMP_WORDS[index + 1]}"
  done
}

# What there is of a kind.
_pommgr_names() {
  local state media
  state=$(_pommgr_state)
  case $1 in
    @baseline) _pommgr_entries "" "$state"/baselines/* /var/lib/pommgr/baselines/* ;;
    @bundle)
      media=$(_pommgr_media)
      [ -n "$media" ] && _pommgr_entries "" "$media"/bundles/*
      ;;
    @host) _pommgr_settings site name ;;
    @mirror) _pommgr_settings mirrors id ;;
    @target) _pommgr_settings targets name ;;
    @host-key) _pommgr_entries .pem "$state"/hosts/*.pem ;;
    @signing-key) _pommgr_entries .pem /etc/pommgr/trusted-keys.d/*.pem ;;
  esac
}

_pommgr() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  local at=1 values
  COMPREPLY=()
  [ "$command" = help ] && at=2 command=\${COMP_WORDS[2]}
  if [ "$COMP_CWORD" -le "$at" ]; then
    _pommgr_words '${starts.join(' ')}'
    return
  fi
  if [ -n "$(_pommgr_commands "$command")" ]; then
    if [ "$COMP_CWORD" -eq $((at + 1)) ]; then
      _pommgr_words "$(_pommgr_commands "$command") --help"
      return
    fi
    command="$command \${COMP_WORDS[at + 1]}"
  fi
  # bash gives --flag=value as three words.
  [ "$current" = = ] && current=
  [ "$previous" = = ] && previous=\${COMP_WORDS[COMP_CWORD - 2]}
  case $previous in
    -*) values=$(_pommgr_values "$command $previous") ;;
  esac
  # Several presets may follow one flag.
  if [ -z "$values" ] && [ "$command" = init ]; then
    case $current in
      -*) ;;
      *)
        while [ "$at" -lt "$COMP_CWORD" ]; do
          at=$((at + 1))
          case \${COMP_WORDS[at]} in
            -p | --preset) values=$(_pommgr_values "init --preset") ;;
            -*) values= ;;
          esac
        done
        ;;
    esac
  fi
  if [ -z "$values" ]; then
    case $current in
      -*) values=$(_pommgr_flags "$command") ;;
      *) values=$(_pommgr_values "$command ") ;;
    esac
  fi
  [ -z "$values" ] && values=$(_pommgr_flags "$command")
  case $values in
    @file) _pommgr_paths -f ;;
    @directory) _pommgr_paths -d ;;
    @other) ;;
    @*) _pommgr_words "$(_pommgr_names "$values")" ;;
    *) _pommgr_words "$values" ;;
  esac
}

complete -F _pommgr pommgr
`;
}

/**
 * @param {string} command
 * @param {import('./command-line.mjs').FlagSurface} flag
 * @param {readonly string[]} presets
 */
function valueCase(command, { name, char, options, helpValue = '' }, presets) {
  const patterns = [`--${name}`, ...(char ? [`-${char}`] : [])].map((flag) => `'${command} ${flag}'`);
  const words = options ?? (name === 'preset' ? presets : undefined);
  return `    ${patterns.join(' | ')}) echo '${words?.join(' ') ?? namedKinds[name] ?? valueKind(helpValue)}' ;;`;
}

/** @type {Record<string, string>} */
const namedKinds = {
  baseline: '@baseline',
  'keep-baseline': '@baseline',
  since: '@baseline',
  bundle: '@bundle',
  host: '@host',
  mirror: '@mirror',
  target: '@target',
};

/**
 * By what a command is about, and the name of its argument.
 * @type {[RegExp, string, string][]}
 */
const argumentKinds = [
  [/./, 'file', '@file'],
  [/^baseline /, 'name', '@baseline'],
  [/^baseline /, 'from', '@baseline'],
  [/^host /, 'fingerprint', '@host-key'],
  [/^signing-key /, 'id', '@signing-key'],
];

/**
 * @param {string} command
 * @param {import('./command-line.mjs').CommandSurface['args']} args
 */
function argumentCases(command, args) {
  const kind = argumentKinds.find(
    ([pattern, name]) => pattern.test(command) && args.some((arg) => arg.name === name),
  )?.[2];
  return kind === undefined ? [] : [`    '${command} ') echo ${kind} ;;`];
}

/** @param {string} helpValue */
function valueKind(helpValue) {
  if (helpValue.includes('FILE')) return '@file';
  return helpValue.includes('DIR') ? '@directory' : '@other';
}

/** @param {string} name */
function firstWord(name) {
  return name.split(' ')[0] ?? name;
}
