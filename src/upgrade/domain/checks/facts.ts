/**
 * Defines the facts about a host by which an upgrade is judged. Invariant: each of them is known or says why not; null
 * stands for a file or a program that the host does not have.
 */
import type { UpgradePlan } from '../../../apt/domain/apt-simulation.ts';
import type { SourceEntry } from '../../../apt/domain/apt-sources.ts';
import type { ChangedConffile, MarkedPackage } from '../../../apt/domain/host-lock.ts';
import type { Product } from '../../../apt/domain/target.ts';
import type { Fact } from '../../../core/domain/fact.ts';
import type { BootPlace } from '../../../forecast/domain/boot-space.ts';
import type { PromptAnswer } from '../../../forecast/domain/conffile-rule.ts';
import type { TextName } from './texts.ts';

/** Whether the host still has the old release. */
export type Phase = 'before' | 'after';

export interface UpgradeHost {
  hostName: string;
  products: readonly Product[];
  codename: string;
  architecture: string;
  phase: Phase;
}

export interface UpgradeFacts {
  now: Date;
  host: UpgradeHost;
  texts: Readonly<Record<TextName, Fact<string | null>>>;
  /** All sources that apt reads, of both formats; `problems` are files that apt cannot read either. */
  sources: Fact<{ entries: readonly SourceEntry[]; problems: readonly string[] }>;
  packages: Fact<InstalledPackages>;
  /** Files that the administrator changed, and what the host's options of dpkg answer to a question. */
  conffiles: Fact<{ changed: readonly ChangedConffile[]; answer: PromptAnswer }>;
  /** What `apt-get dist-upgrade` would do with the sources as they are. */
  plan: Fact<Pick<UpgradePlan, 'incoming' | 'remove'>>;
  offers: Fact<PackageOffers>;
  /** What the store has for the next release; null where it has no way there. */
  nextPackages: Fact<NextPackages | null>;
  /** What `dpkg --audit` and `apt-get check` complain about; empty where they do not. */
  dpkgAudit: Fact<string>;
  aptCheck: Fact<string>;
  /** The file systems of /, /usr and /var, each once. */
  rooms: Fact<readonly Room[]>;
  boot: Fact<BootState>;
  firmware: Fact<'efi' | 'bios'>;
  runningKernel: Fact<string>;
  /** Bytes by directory of rrdcached(1). */
  rrdBytes: Fact<ReadonlyMap<string, number>>;
  /** Physical network cards of the machine. */
  cards: Fact<readonly NetworkCard[]>;
  /** Addresses of the machine. */
  addresses: Fact<readonly string[]>;
  guests: Fact<readonly GuestConfig[]>;
  /** Version of systemd by number of the running container; null for a container without it. */
  containers: Fact<ReadonlyMap<number, number | null>>;
  certificates: Fact<readonly Certificate[]>;
  /** State by systemd's unit, as `systemctl is-active` says it. */
  units: Fact<ReadonlyMap<string, string>>;
  /** Modules that DKMS builds. */
  dkmsModules: Fact<readonly string[]>;
  /** Whether /bin is a link to /usr/bin. */
  isUsrMerged: Fact<boolean>;
  datastores: Fact<readonly Datastore[]>;
  /** Configuration of Ceph by external RBD storage. */
  rbdConfigs: Fact<ReadonlyMap<string, { hasKeyring: boolean; text: string | null }>>;
  /** Names of the files in PMG's directory of backups. */
  pmgBackups: Fact<readonly string[]>;
}

export interface InstalledPackages {
  packages: readonly MarkedPackage[];
  unfinished: readonly { name: string; status: string }[];
}

export interface NextPackages {
  baseline: string;
  /** Target of the stage that changes the release. */
  target: string;
  names: ReadonlySet<string>;
}

export interface PackageOffers {
  /** Installed packages that no source offers in any version. */
  foreign: readonly string[];
  /** Installed packages that only sources of others than Debian and Proxmox offer, with their origin. */
  vendors: readonly { name: string; origin: string }[];
}

export interface Room {
  /** Mount point. */
  place: string;
  freeBytes: number;
}

export interface BootState {
  places: readonly BootPlace[];
  /** Versions of the kernels in /boot. */
  kernels: readonly string[];
  largestInitramfsBytes: number | null;
  /** Whether /boot/efi/EFI/BOOT has a loader, which firmware starts without an entry of its own. */
  hasRemovableLoader: boolean;
}

export interface NetworkCard {
  name: string;
  /** Whether a systemd.link(5) file of the administrator names it. */
  isPinned: boolean;
}

export interface GuestConfig {
  vmid: number;
  kind: 'qemu' | 'lxc';
  text: string;
}

export interface Certificate {
  path: string;
  /** `rsa`, `ec`, … */
  type: string;
  /** Bits of an RSA key; null for others. */
  rsaBits: number | null;
}

export interface Datastore {
  name: string;
  path: string;
  /** Whether its chunks are where they should be. */
  isThere: boolean;
  isRemovable: boolean;
}

/** Returns the installed version of a package; undefined where it is not installed. */
export function versionOf({ packages }: InstalledPackages, name: string): string | undefined {
  return packages.find((item) => item.name === name)?.version;
}
