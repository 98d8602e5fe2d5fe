/**
 * Predicts what the maintainer scripts of a package do with services during an upgrade, from their text and never by
 * running them. Invariant: a line whose condition is not understood counts as possible, and is never left out.
 */

export interface ServiceAction {
  /** `restart`, `try-restart`, `reload`, `reload-or-restart`, `stop`, `start`, `daemon-reexec` … */
  verb: string;
  /** `ssh.service`; an init script's name without a suffix becomes one. */
  unit: string;
  /** Whether the line runs at every upgrade, as far as its conditions are known. */
  isCertain: boolean;
}

/** One script as dpkg calls it at an upgrade: `postinst configure OLD`, `prerm upgrade NEW`. */
export interface ScriptCall {
  text: string;
  /** `$1`. */
  action: 'configure' | 'upgrade';
}

type Truth = 'yes' | 'no' | 'unknown';

const verbs = new Set([
  ...['restart', 'try-restart', 'reload', 'reload-or-restart', 'try-reload-or-restart', 'force-reload'],
  ...['stop', 'start', 'condrestart', 'daemon-reexec'],
]);
const programs =
  /(?:^|[\s;&|(])(?:\/\S*\/)?(deb-systemd-invoke|systemctl|_systemctl|invoke-rc\.d|service)\s+([^;&|<>]*)/g;

/** Returns the actions in their order. A unit that a script computes is named by the expression that computes it. */
export function serviceActions({ text, action }: ScriptCall): ServiceAction[] {
  const found: ServiceAction[] = [];
  const scope = createScope(action);
  const variables = new Map<string, string>();
  for (const line of logicalLines(text)) {
    scope.read(line);
    const truth = both(scope.truth(), inlineTruth(line, action));
    if (truth === 'no') continue;
    const assigned = /^(_dh_action|action)=["']?([a-z-]+)["']?$/.exec(line.trim());
    if (assigned !== null) variables.set(assigned[1] ?? '', assigned[2] ?? '');
    for (const [, program = '', words = ''] of line.matchAll(programs)) {
      for (const { verb, unit } of invocations(program, words, variables))
        found.push({ verb, unit, isCertain: truth === 'yes' && !unit.includes('$') });
    }
  }
  return found;
}

/** Joins lines that end in a backslash with the next; comments are removed, and commands on one line stay there. */
function logicalLines(text: string): string[] {
  return text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/^\s*#.*$/, '').replace(/\s#\s.*$/, ''))
    .filter((line) => line.trim() !== '');
}

function invocations(
  program: string,
  words: string,
  variables: ReadonlyMap<string, string>,
): { verb: string; unit: string }[] {
  const plain = words
    .split(/\s+/)
    .map((word) => word.replaceAll(/["'`]/g, ''))
    .filter((word) => word !== '' && !/^\d?$/.test(word))
    .map((word) => variables.get(word.replace(/^\$\{?(\w+)\}?$/, '$1')) ?? word);
  const rest = plain.filter((word) => !word.startsWith('-'));
  if (program === 'service' || program === 'invoke-rc.d') {
    const [unit = '', verb = ''] = rest;
    return verbs.has(verb) && unit !== '' ? [{ verb, unit: unitName(unit) }] : [];
  }
  const [verb = '', ...units] = rest;
  if (!verbs.has(verb)) return [];
  // The manager re-executes itself: every service continues.
  if (verb === 'daemon-reexec') return [{ verb, unit: 'systemd' }];
  return units
    .filter((unit) => unit !== 'true' && unit !== ':')
    .map((unit) => ({ verb, unit: unitName(unit) }));
}

function unitName(name: string): string {
  return /\.[a-z]+$/.test(name) || name.includes('$') ? name : `${name}.service`;
}

/** Tracks `if`, `case` and their ends; a nested condition requires both. */
function createScope(action: ScriptCall['action']) {
  const stack: { kind: 'if' | 'case' | 'other'; subject: string; truth: Truth; isDone: boolean }[] = [];
  return {
    read(line: string): void {
      const text = line.trim();
      const top = stack.at(-1);
      if (/^(?:fi|esac)\b/.test(text)) stack.pop();
      else if (/^if\b/.test(text)) {
        const truth = conditionTruth(text.replace(/^if\b/, ''), action);
        if (!/;\s*fi\b/.test(text)) stack.push({ kind: 'if', subject: '', truth, isDone: truth === 'yes' });
      } else if (/^elif\b/.test(text) && top?.kind === 'if') {
        const truth = conditionTruth(text.replace(/^elif\b/, ''), action);
        top.truth = top.isDone ? 'no' : both(top.truth === 'no' ? 'yes' : 'unknown', truth);
        top.isDone ||= truth === 'yes';
      } else if (/^else\b/.test(text) && top?.kind === 'if') {
        if (top.isDone) top.truth = 'no';
        else top.truth = top.truth === 'no' ? 'yes' : 'unknown';
      } else if (/^case\b/.test(text)) {
        const [, subject = ''] = /^case\s+(\S+)\s+in\b/.exec(text) ?? [];
        if (!/\besac\b/.test(text)) stack.push({ kind: 'case', subject, truth: 'no', isDone: false });
      } else if (top?.kind === 'case') readLabel(text, top, action);
    },
    truth(): Truth {
      return stack.reduce<Truth>((truth, frame) => both(truth, frame.truth), 'yes');
    },
  };
}

/** `configure|triggered)` of `case "$1" in`. */
function readLabel(
  text: string,
  frame: { subject: string; truth: Truth; isDone: boolean },
  action: ScriptCall['action'],
): void {
  const [, labels] = /^\(?\s*([^()]+?)\s*\)/.exec(text) ?? [];
  if (labels !== undefined && !/[$`=]/.test(labels)) {
    if (!/^["']?\$\{?1\b/.test(frame.subject)) frame.truth = 'unknown';
    else {
      const names = labels.split('|').map((name) => name.trim().replaceAll(/["']/g, ''));
      const isOurs = names.some((name) => name === action || (name === '*' && !frame.isDone));
      frame.truth = isOurs ? 'yes' : 'no';
      frame.isDone ||= isOurs;
    }
  }
}

/** `[ "$1" = remove ] && …` on the line itself. */
function inlineTruth(line: string, action: ScriptCall['action']): Truth {
  if (/^\s*(?:if|elif|case)\b/.test(line)) return 'yes';
  const [, test] = /^\s*(\[.*?\])\s*&&/.exec(line) ?? [];
  return test === undefined ? 'yes' : conditionTruth(test, action);
}

/** Evaluates a condition for an upgrade on a system that runs systemd, whose package has been configured before. */
function conditionTruth(condition: string, action: ScriptCall['action']): Truth {
  const tests = condition.replace(/;?\s*then\b.*$/, '').split(/(\|\||&&)/);
  let truth = testTruth(tests[0] ?? '', action);
  for (let index = 1; index + 1 < tests.length; index += 2) {
    const next = testTruth(tests[index + 1] ?? '', action);
    truth = tests[index] === '&&' ? both(truth, next) : either(truth, next);
  }
  return truth;
}

function testTruth(test: string, action: ScriptCall['action']): Truth {
  const plain = test
    .trim()
    .replaceAll(/["'{}]/g, '')
    .replace(/^\[\s*/, '')
    .replace(/\s*\]$/, '');
  const [, name, operator, value] = /^x?\$(\d)(?::-)?\s*(=|==|!=)\s*x?([\w-]*)$/.exec(plain) ?? [];
  if (name === '1' && value !== undefined) return truthOf((value === action) === (operator !== '!='));
  if (/^-n \$2(?::-)?$/.test(plain)) return 'yes';
  if (/^-z \$2(?::-)?$/.test(plain)) return 'no';
  if (plain === '-d /run/systemd/system' || /^-z \$DPKG_ROOT(?::-)?$/.test(plain)) return 'yes';
  // The package ships its init script.
  return /^-x \/etc\/init\.d\/\S+$/.test(plain) ? 'yes' : 'unknown';
}

function truthOf(value: boolean): Truth {
  return value ? 'yes' : 'no';
}

function both(a: Truth, b: Truth): Truth {
  if (a === 'no' || b === 'no') return 'no';
  return a === 'yes' && b === 'yes' ? 'yes' : 'unknown';
}

function either(a: Truth, b: Truth): Truth {
  if (a === 'yes' || b === 'yes') return 'yes';
  return a === 'no' && b === 'no' ? 'no' : 'unknown';
}

export interface Restart {
  unit: string;
  /** What happens to it: `restart`, `reload`, `daemon-reexec`; `stop and start` where two scripts do it. */
  how: string;
  isCertain: boolean;
}

const restarting = ['restart', 'try-restart', 'reload-or-restart', 'try-reload-or-restart', 'condrestart'];

/** Returns what an upgrade does to services: the old package's prerm runs first, then the new one's postinst. */
export function restartsOf(scripts: { prerm: string | undefined; postinst: string | undefined }): Restart[] {
  const before = serviceActions({ text: scripts.prerm ?? '', action: 'upgrade' });
  const after = serviceActions({ text: scripts.postinst ?? '', action: 'configure' });
  const stopped = new Map(before.filter(({ verb }) => verb === 'stop').map((item) => [item.unit, item]));
  const restarts = new Map<string, Restart>();
  for (const { verb, unit, isCertain } of after) {
    const stop = stopped.get(unit);
    const isStart = verb === 'start' && stop !== undefined;
    const isRestart = restarting.includes(verb) || verb === 'daemon-reexec' || /reload/.test(verb);
    if (!isStart && !isRestart) continue;
    const known = restarts.get(unit);
    const how = isStart ? 'stop and start' : verb;
    if (known !== undefined && (restarting.includes(known.how) || known.isCertain)) continue;
    restarts.set(unit, { unit, how, isCertain: isCertain && (stop?.isCertain ?? true) });
  }
  for (const [unit, { isCertain }] of stopped)
    if (!restarts.has(unit)) restarts.set(unit, { unit, how: 'stop', isCertain });
  return [...restarts.values()];
}

/** Returns whether a script requests a reboot itself, as unattended-upgrades and others do. */
export function asksForReboot(text: string): boolean {
  return logicalLines(text).some((line) => /notify-reboot-required|\/run\/reboot-required/.test(line));
}
