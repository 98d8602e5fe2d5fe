/**
 * The forecast: what `apt-get dist-upgrade` would do on a host, told before it. Every part is read from the packages,
 * from dpkg's database and from the host. Invariant: what could not be told is named in `unknown`, and a null says so.
 */
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { PromptAnswer, PromptReason } from './conffile-rule.ts';
import type { DebconfQuestion } from './debconf.ts';
import type { NewsEntry } from './news.ts';

export interface Forecast {
  subject: {
    /** `applied`: what apt sees now. `stored`, `medium`, `remote`: before it is applied. `lock`: a host elsewhere. */
    kind: 'applied' | 'stored' | 'medium' | 'remote' | 'lock';
    baseline: { name: string; digest: string };
    hostName: string;
    /** Null for a host elsewhere. */
    root: string | null;
  };
  /** `stop` where something is refused or there is too little room. */
  verdict: 'go' | 'stop';
  /** Upgrades, installs and downgrades by source package, then removals; sorted by source. */
  sources: SourceChanges[];
  heldBack: HeldBack[];
  sizes: UpgradeSizes;
  space: SpaceNeed[];
  conffiles: {
    /** dpkg's options as the host has them, for people. */
    options: string;
    prompts: ConffilePrompt[];
    /** Files that packages drop: removed, or kept as `.dpkg-old` where they were changed. */
    removed: { path: string; package: string; keptAs: string | null }[];
    /** Links on the host: dpkg leaves the new file beside each, as `.dpkg-new`. */
    links: { path: string; package: string }[];
  };
  reboot: RebootReason[];
  restarts: ServiceRestart[];
  /** Running processes of the host whose files are replaced, by unit; null where nothing runs that can be asked. */
  staleServices: StaleService[] | null;
  guests: Guest[];
  /** In the order in which they are to be restarted. */
  ceph: CephDaemon[];
  questions: (DebconfQuestion & { package: string })[];
  news: (NewsEntry & { source: string; packages: string[] })[];
  scripts: ScriptChange[];
  refusals: Refusal[];
  /** What could not be told, a sentence each. */
  unknown: string[];
}

export interface SourceChange {
  name: string;
  architecture: string;
  action: 'upgrade' | 'install' | 'downgrade' | 'remove';
  from: string | null;
  to: string | null;
}

export interface SourceChanges {
  source: string;
  /** The mirrors that they come from; none for a removal. */
  mirrors: string[];
  changes: SourceChange[];
}

export interface HeldBack {
  name: string;
  installed: string;
  offered: string;
  /** `hold`: the mark of apt-mark(8). `apt`: apt found no way, or phases it. */
  why: 'hold' | 'apt';
}

export interface SpaceNeed {
  /** `/`, `/boot`, `/boot/efi`, or a device that is not mounted. */
  place: string;
  /** What goes there. */
  what: string;
  neededBytes: number;
  /** Null where it could not be read. */
  freeBytes: number | null;
  /** Why the need is an estimate; null where it is not. */
  estimate: string | null;
}

export interface ConffilePrompt {
  path: string;
  package: string;
  reason: PromptReason;
  /** What the host's dpkg options make of it; `ask` stops the upgrade until somebody answers. */
  answer: PromptAnswer;
  recordedMd5: string | null;
  foundMd5: string | null;
  shippedMd5: string;
  /** Unified, from the host's file to the package's; null where it cannot be shown, for instance of a binary file. */
  difference: string | null;
}

export interface RebootReason {
  kind: 'kernel' | 'microcode' | 'firmware' | 'libc' | 'init' | 'script' | 'pending';
  /** Null for a reboot that is due already. */
  package: string | null;
  what: string;
}

export interface ServiceRestart {
  unit: string;
  package: string;
  /** `restart`, `reload`, `stop and start`, … */
  how: string;
  /** False where the script decides while it runs. */
  isCertain: boolean;
  /** Whether the unit runs now; null where that is unknown. */
  isActive: boolean | null;
}

export interface StaleService {
  /** A systemd unit, or `PID NAME` for a process outside of one. */
  unit: string;
  processes: number;
  packages: string[];
  /** `script`: a maintainer script. `needrestart`: by itself, or after a question. `nobody`: it goes on with the old files. */
  restartedBy: 'script' | 'needrestart' | 'needrestart-asks' | 'nobody';
}

export interface Guest {
  id: string;
  pid: number;
  /** Whether its QEMU was replaced by an earlier upgrade already. */
  isStale: boolean;
}

export interface CephDaemon {
  kind: 'mon' | 'mgr' | 'osd' | 'mds' | 'rgw';
  id: string;
  from: string;
  to: string;
}

export interface ScriptChange {
  package: string;
  script: string;
  change: 'new' | 'changed' | 'dropped';
}

export interface Refusal {
  kind: 'product' | 'running-kernel' | 'runtime' | 'essential' | 'ceph' | 'release';
  package: string;
  what: string;
}

/** A part of a forecast that one package brings. */
export interface PackageForecast {
  prompts: ConffilePrompt[];
  removed: Forecast['conffiles']['removed'];
  links: Forecast['conffiles']['links'];
  restarts: Omit<ServiceRestart, 'isActive'>[];
  questions: Forecast['questions'];
  news: NewsEntry[];
  scripts: ScriptChange[];
  reboot: RebootReason[];
  /** Size of the unpacked package, as the package states it. */
  installedBytes: number;
  /** Bytes by path below /boot. */
  bootFiles: ReadonlyMap<string, number>;
  /** Those of the files that processes of the host use and that the package replaces. */
  replacedFiles: string[];
  unknown: string[];
}

/** Whether the upgrade can be run as it is planned. */
export function verdictOf({ refusals, space }: Pick<Forecast, 'refusals' | 'space'>): Forecast['verdict'] {
  return refusals.length === 0 && lackingRoom(space).length === 0 ? 'go' : 'stop';
}

/** The needs of places that cannot take all that goes there: several go to one file system. */
export function lackingRoom(space: readonly SpaceNeed[]): SpaceNeed[] {
  return space.filter(({ place, freeBytes }) => {
    const together = space.filter((need) => need.place === place);
    const neededBytes = together.reduce((sum, need) => sum + need.neededBytes, 0);
    return freeBytes !== null && neededBytes > freeBytes;
  });
}
