/** Completion for bash, made of the command surface: topics, commands, flags and their values. */

/**
 * The script needs nothing but bash itself.
 * @param {import('./command-line.mjs').CommandLine} commandLine
 */
export function bashCompletion({ commands, topics }) {
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
    ...flags.filter(({ type }) => type === 'option').map((flag) => valueCase(name, flag)),
    ...(args.some((arg) => arg.name === 'file') ? [`    '${name} ') echo @file ;;`] : []),
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

# Of a command and a flag, or of a command's first argument: words, or @file, @directory, or @other.
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
    *) _pommgr_words "$values" ;;
  esac
}

complete -F _pommgr pommgr
`;
}

/**
 * @param {string} command
 * @param {import('./command-line.mjs').FlagSurface} flag
 */
function valueCase(command, { name, char, options, helpValue = '' }) {
  const patterns = [`--${name}`, ...(char ? [`-${char}`] : [])].map((flag) => `'${command} ${flag}'`);
  return `    ${patterns.join(' | ')}) echo '${options?.join(' ') ?? valueKind(helpValue)}' ;;`;
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
