/** `pommgr --help`: the commands in the order of the work, and not in that of the alphabet. */
import { Help, type Config } from '@oclif/core';

/** Commands as the user types them. */
interface Step {
  title: string;
  names: readonly string[];
}

const steps: readonly Step[] = [
  { title: 'ONLINE, WITH INTERNET', names: ['init', 'signing-key create', 'snapshot', 'pack'] },
  { title: 'OFFLINE, ON EACH HOST', names: ['signing-key trust', 'verify', 'forecast', 'apply'] },
  { title: 'RESCUE', names: ['status', 'doctor', 'rollback', 'restore', 'detach'] },
  { title: 'REVIEWS, BEFORE A BASELINE IS APPLIED', names: ['report', 'approve', 'sbom'] },
  { title: 'LARGER WORK', names: ['upgrade-release', 'cluster', 'subscription'] },
];

class OrderedHelp extends Help {
  override showRootHelp(): Promise<void> {
    this.log(this.formatRoot());
    for (const { title, names } of steps) this.showList(title, names);
    const shown = new Set(steps.flatMap(({ names }) => names));
    const rest = [
      ...this.sortedCommands.map(({ id }) => id).filter((id) => !id.includes(':')),
      ...this.sortedTopics.map(({ name }) => name).filter((name) => !name.includes(':')),
    ];
    this.showList('FURTHER COMMANDS', rest.filter((name) => !shown.has(name)).toSorted());
    this.log('\nRun "pommgr COMMAND --help" for one of them, e.g. "pommgr mirror --help".');
    return Promise.resolve();
  }

  private showList(title: string, names: readonly string[]): void {
    const rows = names.flatMap((name): [string, string | undefined][] => {
      const command = this.config.findCommand(name.replaceAll(' ', ':'));
      if (command !== undefined) return [[name, this.summary(command)]];
      const topic = this.config.findTopic(name);
      return topic === undefined ? [] : [[`${name} ...`, topic.description]];
    });
    const body = this.renderList(rows, { indentation: 2, spacer: '\n', stripAnsi: this.opts.stripAnsi });
    this.log(`\n${this.section(title, body)}`);
  }
}

/** Returns whether the arguments ask for the help of pommgr itself. */
export function asksForRootHelp(argv: readonly string[]): boolean {
  return argv.length === 0 || (argv.length === 1 && ['help', '--help', '-h'].includes(argv[0] ?? ''));
}

export async function showRootHelp(config: Config): Promise<void> {
  await new OrderedHelp(config, config.pjson.oclif.helpOptions).showRootHelp();
}
