/**
 * A cluster of five nodes with HA, Ceph and guests, as its tools show it: what pvesh, pvecm, ha-manager and ceph answer on
 * any node, and what happens after what they are told. Whatever would hurt a real cluster is kept in `broken`.
 */
import { jsonAnswers, versionsOf, type Json } from './cluster-answers.ts';

export type NodeState = 'up' | 'down';

export interface SiteNode {
  name: string;
  id: number;
  state: NodeState;
  bootedMs: number;
  boots: number;
  isMaintenance: boolean;
  /** When maintenance was asked for or ended; the HA manager needs a moment for each. */
  changedMs: number;
  /** Of the packages that the rollout upgrades; the kernel of that version runs after the next boot. */
  version: number;
  kernel: string;
}

export interface SiteEvent {
  node: string;
  what: string;
}

export interface Answer {
  code: number;
  text: string;
}

const gibibyte = 1024 ** 3;
/** The HA manager looks this often. */
const roundMs = 300;
const nothing: Answer = { code: 0, text: '' };
const json = (value: Json): Answer => ({ code: 0, text: JSON.stringify(value) });

export class SiteModel {
  readonly nodes: SiteNode[];
  readonly guests: { vmid: number; node: string }[];
  readonly events: SiteEvent[] = [];
  readonly broken: string[] = [];
  /** Set by `ceph osd set noout`. */
  flags: string[] = [];
  /** Whether the API has restart-bulk (pve-manager 9.2.5). */
  hasBulk = true;
  /** Guests that HA does not manage. */
  unmanaged: number[] = [];
  /** Nodes that do not come back from a reboot. */
  lost: string[] = [];
  /** Called for each event, before the tool gets its answer. */
  onEvent: (event: SiteEvent) => void = () => {};
  /** Moves the configuration of a guest. */
  onMove: (vmid: number, from: string, to: string) => void = () => {};
  /** Restarts a node, which takes its time. */
  onReboot: (name: string) => void = () => {};

  constructor(names: readonly string[]) {
    const long = Date.now() - 100_000_000;
    this.nodes = names.map((name, index) => ({
      ...{ name, id: index + 1, state: 'up', bootedMs: long, boots: 1, isMaintenance: false, changedMs: 0 },
      ...{ version: 1, kernel: kernelOf(1) },
    }));
    this.guests = names.map((node, index) => ({ vmid: 100 + index, node }));
  }

  node(name: string): SiteNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  }

  private note(node: string, what: string): void {
    const event = { node, what };
    this.events.push(event);
    this.onEvent(event);
  }

  answer(host: string, [program = '', ...args]: readonly string[]): Answer {
    this.settle();
    const line = args.join(' ');
    if (program === 'shutdown') return this.reboot(host);
    if (program === 'note') {
      const [what = '', version] = args;
      const node = this.nodes.find((member) => member.name === host);
      if (node !== undefined) node.version = Number(version);
      this.note(host, what);
      return nothing;
    }
    if (program === 'systemctl') {
      if (args[0] === 'restart') this.note(host, line);
      return nothing;
    }
    if (program === 'pvecm') return line === 'status' ? { code: 0, text: this.quorumText() } : refuse(line);
    if (program === 'ha-manager') return this.maintain(line);
    if (program === 'ceph')
      return this.ceph(args.filter((word) => word !== '--connect-timeout' && word !== '10'));
    if (program === 'pvesh' && args[0] === 'get') return this.api(args[1] ?? '', host);
    if (program === 'pvesh' && args[0] === 'usage') return this.hasBulk ? nothing : refuse(line);
    if (program === 'pvesh' && args[0] === 'create') return this.create(args.slice(1), host);
    return refuse(`${program} ${line}`);
  }

  /** What happens by itself: services leave a node in maintenance. */
  private settle(): void {
    for (const guest of this.guests) {
      const { isMaintenance, changedMs } = this.node(guest.node);
      if (!isMaintenance || Date.now() - changedMs < roundMs || this.unmanaged.includes(guest.vmid)) continue;
      const other = this.nodes.find((node) => node.state === 'up' && !node.isMaintenance);
      if (other === undefined) this.broken.push(`guest ${guest.vmid} has nowhere to go`);
      else this.move(guest, other.name);
    }
  }

  private create([path = '', ...args]: readonly string[], host: string): Answer {
    const line = args.join(' ');
    if (path.endsWith('/ceph/restart-bulk')) {
      this.note(host, `restart-bulk ${line}`);
      return this.hasBulk ? nothing : refuse(path);
    }
    const vmid = Number(/^\/nodes\/[^/]+\/qemu\/(\d+)\/migrate$/.exec(path)?.[1]);
    const target = /^--target (\S+) --online 1$/.exec(line)?.[1];
    const guest = this.guests.find((one) => one.vmid === vmid);
    if (guest === undefined || target === undefined) return refuse(`${path} ${line}`);
    this.move(guest, target);
    return nothing;
  }

  private move(guest: { vmid: number; node: string }, to: string): void {
    this.onMove(guest.vmid, guest.node, to);
    guest.node = to;
  }

  private maintain(line: string): Answer {
    const [, verb, name = ''] = /^crm-command node-maintenance (enable|disable) (\S+)$/.exec(line) ?? [];
    if (verb === undefined) return refuse(line);
    const node = this.node(name);
    const isMaintenance = verb === 'enable';
    const others = this.nodes.filter(
      (other) => other !== node && (other.isMaintenance || other.state === 'down'),
    );
    if (isMaintenance && others.length > 0)
      this.broken.push(`${name} is drained while ${others[0]?.name} is out`);
    Object.assign(node, { isMaintenance, changedMs: Date.now() });
    this.note(name, isMaintenance ? 'maintenance' : 'active');
    return nothing;
  }

  private reboot(name: string): Answer {
    const node = this.nodes.find((member) => member.name === name);
    if (node === undefined) {
      this.note(name, 'reboot');
      this.onReboot(name);
      return nothing;
    }
    const away = this.nodes.filter(
      (other) => other !== node && (other.isMaintenance || other.state === 'down'),
    );
    if (away.length > 0) this.broken.push(`${name} is rebooted while ${away[0]?.name} is out`);
    if (this.guests.some((guest) => guest.node === name)) this.broken.push(`a guest runs on ${name}`);
    if ((this.nodes.length - 1 - away.length) * 2 <= this.nodes.length)
      this.broken.push(`no quorum without ${name}`);
    node.state = 'down';
    this.note(name, 'reboot');
    this.onReboot(name);
    return nothing;
  }

  /** The node answers again. */
  booted(name: string): void {
    const node = this.node(name);
    const kernel = kernelOf(node.version);
    Object.assign(node, { state: 'up', bootedMs: Date.now(), boots: node.boots + 1, kernel });
  }

  private ceph(words: readonly string[]): Answer {
    const line = words.filter((word) => word !== '--format' && word !== 'json').join(' ');
    const own = jsonAnswers('drain');
    const up = this.nodes.filter(({ state }) => state === 'up');
    const stop = /^osd ok-to-stop (\d+)$/.exec(line)?.[1];
    if (stop !== undefined) {
      const isOk = up.length >= this.nodes.length - (this.nodes[Number(stop)]?.state === 'down' ? 1 : 0);
      return { ...json({ ok_to_stop: isOk, osds: [Number(stop)] }), code: isOk ? 0 : 16 };
    }
    if (/^(mon|mds) ok-to-stop \S+$/.test(line)) return nothing;
    if (line === 'osd dump') return json({ flags: ['sortbitwise', ...this.flags].join(',') });
    if (line === 'osd set noout' || line === 'osd unset noout') {
      this.flags = line === 'osd set noout' ? ['noout'] : [];
      return nothing;
    }
    if (line === 'status') return json(this.cephStatus(own['cephStatus'] as { [name: string]: Json }, up));
    if (line === 'osd tree') return json(this.osdTree());
    if (line === 'mgr stat') return json({ active_name: this.nodes[0]?.name ?? '' });
    const kind = /^(mon|mgr|mds|osd) metadata$/.exec(line)?.[1];
    if (kind !== undefined) return json(this.metadata(kind));
    return refuse(`ceph ${line}`);
  }

  private cephStatus(recorded: { [name: string]: Json }, up: readonly SiteNode[]): Json {
    const isClean = up.length === this.nodes.length;
    const warning = (message: string): Json => ({ severity: 'HEALTH_WARN', summary: { message, count: 1 } });
    const checks: { [name: string]: Json } = {};
    if (this.flags.length > 0) checks['OSDMAP_FLAGS'] = warning('noout flag(s) set');
    if (!isClean) checks['OSD_DOWN'] = warning('1 osds down');
    return {
      ...recorded,
      health: { status: Object.keys(checks).length === 0 ? 'HEALTH_OK' : 'HEALTH_WARN', checks, mutes: [] },
      quorum_names: up.map(({ name }) => name),
      fsmap: { by_rank: [] },
      monmap: { epoch: 3, num_mons: this.nodes.length },
      pgmap: {
        num_pgs: 33,
        pgs_by_state: [{ state_name: isClean ? 'active+clean' : 'active+undersized+degraded', count: 33 }],
      },
    };
  }

  private metadata(kind: string): Json {
    if (kind === 'mds') return [];
    return this.nodes.map(({ name, id }) => ({
      ...(kind === 'osd' ? { id: id - 1 } : { name }),
      ...{ hostname: name, ceph_version_short: '19.2.3' },
    }));
  }

  private osdTree(): Json {
    const hosts = this.nodes.map(({ name, id }) => ({ id: -id - 1, name, type: 'host', children: [id - 1] }));
    const osds = this.nodes.map(({ id, state }) => ({
      ...{ id: id - 1, name: `osd.${id - 1}`, type: 'osd', status: state, reweight: 1 },
    }));
    return { nodes: [...hosts, ...osds], stray: [] };
  }

  private api(path: string, host: string): Answer {
    const recorded = jsonAnswers('drain');
    const [, name, rest] = /^\/nodes\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (name !== undefined && rest !== undefined) return this.ofNode(this.node(name), rest, recorded);
    const epoch = Date.now() / 1000;
    switch (path) {
      case '/cluster/status':
        return json([
          { type: 'cluster', id: 'cluster', name: 'site', nodes: this.nodes.length, quorate: 1, version: 3 },
          ...this.nodes.map(({ name: own, id, state }) => ({
            ...{
              type: 'node',
              id: `node/${own}`,
              name: own,
              nodeid: id,
              local: own === host ? 1 : 0,
              online: state === 'up' ? 1 : 0,
            },
          })),
        ]);
      case '/cluster/ha/resources':
        return json(
          this.guests
            .filter(({ vmid }) => !this.unmanaged.includes(vmid))
            .map(({ vmid }) => ({ sid: `vm:${vmid}`, state: 'started', type: 'vm' })),
        );
      case '/cluster/ha/status/manager_status':
        return json(this.haStatus(epoch));
      case '/cluster/resources':
        return json([
          ...this.nodes.map(({ name: node }) => ({
            ...{
              type: 'node',
              id: `node/${node}`,
              node,
              status: 'online',
              maxmem: 64 * gibibyte,
              mem: gibibyte,
            },
          })),
          ...this.guests.map(({ vmid, node }) => ({
            ...{ type: 'qemu', id: `qemu/${vmid}`, vmid, node, status: 'running', maxmem: gibibyte },
          })),
        ]);
      case '/cluster/tasks':
      case '/cluster/backup':
        return json([]);
      case '/cluster/options':
        return json(recorded['options'] as Json);
      default:
        return refuse(path);
    }
  }

  private haStatus(epoch: number): Json {
    const isSettled = ({ changedMs }: SiteNode): boolean => Date.now() - changedMs >= roundMs;
    const states = this.nodes.map((node) => {
      const state =
        node.state === 'down' ? 'unknown' : node.isMaintenance === isSettled(node) ? 'maintenance' : 'online';
      return [node.name, state] as const;
    });
    const lrms = this.nodes.map((node) => {
      const mode = node.isMaintenance && isSettled(node) ? 'maintenance' : 'active';
      return [
        node.name,
        { mode, state: 'active', timestamp: node.state === 'up' ? epoch : epoch - 600 },
      ] as const;
    });
    return {
      manager_status: {
        master_node: 'pve1',
        timestamp: epoch,
        node_status: Object.fromEntries(states),
        node_request: Object.fromEntries(
          this.nodes.map(({ name, isMaintenance }) => [name, isMaintenance ? { maintenance: 1 } : {}]),
        ),
        service_status: Object.fromEntries(
          this.guests.map(({ vmid, node }) => [`vm:${vmid}`, { node, state: 'started' }]),
        ),
      },
      quorum: { node: 'pve1', quorate: '1' },
      lrm_status: Object.fromEntries(lrms),
    };
  }

  private ofNode(node: SiteNode, rest: string, recorded: { [fact: string]: Json }): Answer {
    if (node.state === 'down') return { code: 2, text: '' };
    const epoch = Date.now() / 1000;
    switch (rest) {
      case 'status':
        return json({
          ...(recorded['nodeStatus'] as { [name: string]: Json }),
          uptime: Math.max(1, epoch - node.bootedMs / 1000),
          'current-kernel': { release: node.kernel },
        });
      case 'services':
      case 'time':
        return json(rest === 'time' ? { time: epoch } : (recorded['services'] as Json));
      case 'apt/versions':
        return json([...(versionsOf('9.2.11', node.kernel) as Json[]), listed('app', node.version)]);
      case 'replication':
        return json([]);
      default:
        return refuse(rest);
    }
  }

  private quorumText(): string {
    const up = this.nodes.filter(({ state }) => state === 'up');
    const all = this.nodes.length;
    return [
      'Quorate:          Yes',
      `Expected votes:   ${all}`,
      `Highest expected: ${all}`,
      `Total votes:      ${up.length}`,
      `Quorum:           ${Math.floor(all / 2) + 1}  `,
      'Flags:            Quorate ',
      '',
      ...up.map(({ id }) => `0x0000000${id}          1 192.0.2.${id}`),
      '',
    ].join('\n');
  }
}

/** That the package of this version brings. */
function kernelOf(version: number): string {
  return `6.17.${version}-1-pve`;
}

function listed(name: string, version: number): Json {
  return { Package: name, Version: String(version), OldVersion: String(version), CurrentState: 'Installed' };
}

function refuse(line: string): Answer {
  return { code: 2, text: `the model does not know: ${line}\n` };
}
