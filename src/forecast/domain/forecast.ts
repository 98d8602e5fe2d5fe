/**
 * Defines the forecast: what `apt-get dist-upgrade` would do on a host, reported before it runs. Every part is read
 * from the packages, from dpkg's database and from the host. Invariant: unknown facts are named in `unknown`, and a
 * null marks them.
 */
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { PromptAnswer, PromptReason } from './conffile-rule.ts';
import type { DebconfQuestion } from './debconf.ts';
import type { NewsEntry } from './news.ts';

export interface Forecast {
  subject: {
    /** `applied`: what apt sees now. `stored`, `medium`, `remote`: before it is applied. `lock`: a remote host. */
    kind: 'applied' | 'stored' | 'medium' | 'remote' | 'lock';
    baseline: { name: string; digest: string };
    hostName: string;
    /** Null for a remote host. */
    root: string | null;
  };
  /** `stop` where something is refused or space is lacking. */
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
    /** Files that packages drop: removed, or kept as `.dpkg-old` where they were modified. */
    removed: { path: string; package: string; keptAs: string | null }[];
    /** Links on the host: dpkg leaves the new file beside each, as `.dpkg-new`. */
    links: { path: string; package: string }[];
  };
  reboot: RebootReason[];
  restarts: ServiceRestart[];
  /** Running processes of the host whose files are replaced, by unit; null where no running host can be inspected. */
  staleServices: StaleService[] | null;
  guests: Guest[];
  /** In the order in which they must be restarted. */
  ceph: CephDaemon[];
  questions: (DebconfQuestion & { package: string })[];
  news: (NewsEntry & { source: string; packages: string[] })[];
  scripts: ScriptChange[];
  refusals: Refusal[];
  /** Facts that are unknown, one sentence each. */
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
  /** `hold`: the mark of apt-mark(8). `apt`: apt cannot resolve the upgrade, or phases it. */
  why: 'hold' | 'apt';
}

export interface SpaceNeed {
  /** `/`, `/boot`, `/boot/efi`, or a device that is not mounted. */
  place: string;
  /** What is written there. */
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
  /** Answer of the host's dpkg options; `ask` stops the upgrade until the administrator answers. */
  answer: PromptAnswer;
  recordedMd5: string | null;
  foundMd5: string | null;
  shippedMd5: string;
  /**
   * Unified diff, from the host's file to the package's; null where it cannot be shown, for instance for a binary file.
   */
  difference: string | null;
}

export interface RebootReason {
  kind: 'kernel' | 'microcode' | 'firmware' | 'libc' | 'init' | 'script' | 'pending';
  /** Null for a reboot that is already due. */
  package: string | null;
  what: string;
}

export interface ServiceRestart {
  unit: string;
  package: string;
  /** `restart`, `reload`, `stop and start`, … */
  how: string;
  /** False where the script decides at run time. */
  isCertain: boolean;
  /** Whether the unit runs now; null where that is unknown. */
  isActive: boolean | null;
}

export interface StaleService {
  /** A systemd unit, or `PID NAME` for a process outside of one. */
  unit: string;
  processes: number;
  packages: string[];
  /**
   * `script`: a maintainer script. `needrestart`: by itself, or after a question. `nobody`: it keeps running with the
   * old files.
   */
  restartedBy: 'script' | 'needrestart' | 'needrestart-asks' | 'nobody';
}

export interface Guest {
  id: string;
  pid: number;
  /** Whether an earlier upgrade already replaced its QEMU. */
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

/** The part of a forecast that comes from one package. */
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
  /** Files that processes of the host use and that the package replaces. */
  replacedFiles: string[];
  unknown: string[];
}

/** Returns whether the upgrade can be run as it is planned. */
export function verdictOf({ refusals, space }: Pick<Forecast, 'refusals' | 'space'>): Forecast['verdict'] {
  return refusals.length === 0 && lackingRoom(space).length === 0 ? 'go' : 'stop';
}

/**
 * Returns the needs of places that lack space for everything that is written there: several may share a file system.
 */
export function lackingRoom(space: readonly SpaceNeed[]): SpaceNeed[] {
  return space.filter(({ place, freeBytes }) => {
    const together = space.filter((need) => need.place === place);
    const neededBytes = together.reduce((sum, need) => sum + need.neededBytes, 0);
    return freeBytes !== null && neededBytes > freeBytes;
  });
}
