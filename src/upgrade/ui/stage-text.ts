/** Names stages and commands for people. */
import type { StageKind } from '../../apt/domain/upgrade-way.ts';
import type { StageName } from '../domain/next-report.ts';

const kindTexts: Record<StageKind, (codename: string) => string> = {
  last: (codename) => `the newest packages of ${codename}`,
  ceph: (codename) => `Ceph on ${codename}`,
  release: (codename) => `the change to ${codename}`,
};

/** `3 of 4: pve-9, the change to trixie` */
export function stageText(stage: StageName): string {
  return `${stage.number} of ${stage.of}: ${stage.target}, ${stageKindText(stage)}`;
}

/** `the change to trixie` */
export function stageKindText({ kind, codename }: Pick<StageName, 'kind' | 'codename'>): string {
  return kindTexts[kind](codename);
}

/** Returns the commands with a title, in lines; none where there are none. */
export function commandLines(title: string, commands: readonly string[]): string[] {
  return commands.length === 0 ? [] : [title, ...commands.map((command) => `  ${command}`)];
}
