/**
 * A model of a cluster (quorum, HA, Ceph, guests) and of operators who work on it by the real gates. Nodes crash and come
 * back, operators are killed between any two of their steps, facts are looked at and judged later, and two operators work
 * at once. What must always hold is checked whenever somebody takes a node out.
 */
import { namedOf, type Named } from '../../src/core/domain/named.ts';
import type { Before, GateFacts } from '../../src/cluster/domain/check.ts';
import type { Fact } from '../../src/core/domain/fact.ts';
import { judge } from '../../src/cluster/domain/gate.ts';
import type { Rollout } from '../../src/cluster/domain/rollout.ts';
import { rolloutAfterGo } from '../../src/cluster/domain/rollout-after-go.ts';
import { isEnough, votesWithout, type Quorum } from '../../src/cluster/domain/quorum.ts';

interface ModelNode {
  name: string;
  nodeid: number;
  isUp: boolean;
  booted: number;
  /** Asked for by an operator. */
  isMaintenance: boolean;
  isUpgraded: boolean;
  /** Steps until it is back. */
  downFor: number;
  osdUp: boolean;
  /** Copies on its OSD are complete. */
  osdClean: boolean;
}

interface Operator {
  owner: string;
  /** Null between two nodes. */
  node: string | null;
  before: Before;
  /** Looked at, and not judged yet. */
  facts: GateFacts | null;
  /** When the facts of the last go were looked at. */
  lookedAt: number;
  /** A go that was recorded and not acted upon yet. */
  go: boolean;
}

export interface ModelRun {
  /** Nodes that were proven back. */
  finished: number;
  reboots: number;
  refused: number;
}

/** The next number of a sequence, below `limit`. */
type Draw = (limit: number) => number;

const start = Date.parse('2026-11-28T12:00:00Z');
const stepSeconds = 7;

class Model {
  readonly nodes: ModelNode[];
  readonly operators: Operator[];
  readonly guests: { vmid: number; node: string }[];
  readonly hasQdevice: boolean;
  readonly hasCeph: boolean;
  /** Nodes that may be away before a pool is below its min_size. */
  readonly spareCopies: number;
  readonly run: ModelRun = { finished: 0, reboots: 0, refused: 0 };
  rollout: Rollout | null = null;
  clock = start;
  private lastCrash = 0;

  constructor(draw: Draw) {
    const count = 2 + draw(4);
    this.hasQdevice = count % 2 === 0 && draw(2) === 0;
    this.hasCeph = draw(2) === 0;
    this.spareCopies = draw(5) === 0 ? 0 : 1;
    this.nodes = Array.from({ length: count }, (_, index) => ({
      name: `n${index + 1}`,
      nodeid: index + 1,
      ...{ isUp: true, booted: start / 1000 - 100_000 - index, isMaintenance: false, isUpgraded: false },
      ...{ downFor: 0, osdUp: true, osdClean: true },
    }));
    this.guests = Array.from({ length: 4 }, (_, index) => ({
      vmid: 100 + index,
      node: this.nodes[index % count]?.name ?? '',
    }));
    this.operators = ['a@n1', 'b@n2'].map((owner) => ({
      owner,
      node: null,
      before: 'drain',
      facts: null,
      lookedAt: 0,
      go: false,
    }));
  }

  step(draw: Draw): void {
    this.clock += stepSeconds * 1000;
    this.settle(draw);
    const what = draw(20);
    if (what === 0) this.crash(draw);
    else if (what === 1) this.kill(draw);
    else this.act(this.operators[draw(4) === 0 ? 1 : 0] as Operator, draw);
  }

  /** What the cluster does by itself. */
  private settle(draw: Draw): void {
    for (const node of this.nodes) {
      if (!node.isUp && node.downFor > 0) node.downFor -= 1;
      else if (!node.isUp) Object.assign(node, { isUp: true, osdUp: true, booted: this.clock / 1000 });
      else if (!node.osdClean && this.nodes.every(({ osdUp }) => osdUp) && draw(2) === 0)
        node.osdClean = true;
      const guest = this.guests.find((candidate) => candidate.node === node.name);
      if (guest === undefined || (node.isUp && !node.isMaintenance)) continue;
      const others = this.nodes.filter((other) => other.isUp && !other.isMaintenance);
      guest.node = others[draw(Math.max(1, others.length))]?.name ?? guest.node;
    }
  }

  /** Of nobody's will: quorum and data may be at risk from then on, and no gate may make it worse. */
  private crash(draw: Draw): void {
    const node = this.nodes[draw(this.nodes.length)];
    if (node?.isUp !== true) return;
    this.lastCrash = this.clock;
    this.takeDown(node, 2 + draw(6));
  }

  private takeDown(node: ModelNode, steps: number): void {
    Object.assign(node, { isUp: false, osdUp: false, osdClean: false, downFor: steps });
  }

  /** kill -9: nothing of what the operator knew is left; the same command is run again later. */
  private kill(draw: Draw): void {
    Object.assign(this.operators[draw(2)] as Operator, { node: null, facts: null, go: false });
  }

  private act(operator: Operator, draw: Draw): void {
    if (operator.go) return this.carryOut(operator, draw);
    if (operator.node === null) this.begin(operator, draw);
    else if (operator.facts === null) {
      Object.assign(operator, { facts: this.look(operator.node), lookedAt: this.clock });
    } else this.ask(operator);
  }

  /** A run that died goes on where the rollout says, else with any node that is not done. */
  private begin(operator: Operator, draw: Draw): void {
    const open = this.rolloutNodes().find(([, step]) => step !== 'back');
    const waiting = this.nodes.filter(({ isUpgraded }) => !isUpgraded);
    const name = open?.[0] ?? waiting[draw(Math.max(1, waiting.length))]?.name ?? null;
    const step = open?.[1] as Before | undefined;
    // Nobody knows whether the reboot was carried out.
    const before = step === 'reboot' ? 'next' : (step ?? 'drain');
    Object.assign(operator, { node: name, facts: null, before });
  }

  private ask(operator: Operator): void {
    const { facts, node, before, owner } = operator;
    if (facts === null || node === null) return;
    operator.facts = null;
    const question = {
      windowMinutes: 30,
      neededBytes: 1,
      acceptedGuests: [],
      takeOver: false,
      hasForecast: false,
    };
    const now = new Date(this.clock);
    const { verdict } = judge({ ...facts, now }, { ...question, node, before, owner });
    if (verdict === 'stop') {
      this.run.refused += 1;
      this.thinkAgain(operator);
      return;
    }
    // As the workflow: only the rollout that was judged is replaced.
    const after = rolloutAfterGo({ ...facts, now }, { ...question, node, before, owner });
    if (after === null || this.rollout !== after.judged) return;
    this.rollout = after.next;
    operator.go = true;
  }

  /** A node that is not back was not upgraded, not rebooted, or needs time. */
  private thinkAgain(operator: Operator): void {
    const node = this.nodes.find(({ name }) => name === operator.node);
    if (operator.before !== 'next' || node?.isUp !== true) return;
    if (!node.isUpgraded) operator.before = 'drain';
    else if (node.isMaintenance) operator.before = 'reboot';
  }

  private carryOut(operator: Operator, draw: Draw): void {
    operator.go = false;
    const node = this.nodes.find(({ name }) => name === operator.node);
    if (node === undefined) return;
    switch (operator.before) {
      case 'drain':
        this.checkTakenOut(node);
        node.isMaintenance = true;
        operator.before = 'upgrade';
        break;
      case 'upgrade':
        if (node.isUp) node.isUpgraded = true;
        operator.before = 'reboot';
        break;
      case 'reboot':
        this.checkTakenOut(node);
        if (this.lastCrash < operator.lookedAt) this.checkGoesDown(node);
        this.run.reboots += 1;
        this.takeDown(node, 2 + draw(8));
        // The maintenance ends once it is back, by the operator or by hand.
        node.isMaintenance = false;
        operator.before = 'next';
        break;
      case 'next':
        if (!node.isUpgraded) throw new Error(`${node.name} is proven back and was not upgraded`);
        this.run.finished += 1;
        operator.node = null;
        // The next upgrade comes.
        if (this.nodes.every(({ isUpgraded }) => isUpgraded)) this.restart();
        break;
    }
  }

  private restart(): void {
    for (const node of this.nodes) node.isUpgraded = false;
  }

  /** Nobody else is out by anybody's will. */
  private checkTakenOut(node: ModelNode): void {
    const others = this.rolloutNodes().filter(([name, step]) => name !== node.name && step !== 'back');
    if (others.length > 0) throw new Error(`${node.name} is taken out while ${String(others[0])} is`);
    const maintained = this.nodes.filter((other) => other !== node && other.isMaintenance);
    if (maintained.length > 0)
      throw new Error(`${node.name} is taken out while ${maintained[0]?.name} is in maintenance`);
  }

  /** A crash after the gate looked is nobody's fault, and not asked about here. */
  private checkGoesDown(node: ModelNode): void {
    const quorum = this.quorum();
    if (!isEnough(votesWithout(quorum, node.nodeid), quorum))
      throw new Error(`no quorum without ${node.name}`);
    if (this.hasCeph && !this.isOkToStop(node))
      throw new Error(`a pool is below min_size without ${node.name}`);
    if (this.guests.some((guest) => guest.node === node.name))
      throw new Error(`a guest runs on ${node.name}`);
  }

  private rolloutNodes(): [string, string][] {
    const nodes = (this.rollout?.nodes ?? {}) as unknown as Record<string, { step: string }>;
    return Object.entries(nodes).map(([name, { step }]) => [name, step]);
  }

  private quorum(): Quorum {
    const up = this.nodes.filter(({ isUp }) => isUp);
    const votes = new Map(up.map(({ nodeid }) => [nodeid, 1]));
    if (this.hasQdevice) votes.set(0, 1);
    const expected = this.nodes.length + (this.hasQdevice ? 1 : 0);
    const total = votes.size;
    const needed = Math.floor(expected / 2) + 1;
    return { expected, total, needed, isQuorate: total >= needed, votes };
  }

  /** Copies lie on any nodes: those of this node and of every other that is down or not clean are missing at once. */
  private isOkToStop(node: ModelNode): boolean {
    const away = this.nodes.filter((other) => other === node || !other.osdUp || !other.osdClean).length;
    return away <= this.spareCopies;
  }

  /** The facts as they are now; nothing comes from a cluster that is not quorate but that it is not. */
  private look(name: string): GateFacts {
    const at = new Date(this.clock).toISOString();
    const known = <T>(value: T): Fact<T> => ({ isKnown: true, source: 'model', at, value });
    const epoch = this.clock / 1000;
    const node = this.nodes.find((candidate) => candidate.name === name) as ModelNode;
    const quorum = this.quorum();
    const ofNode = <T>(value: T): Fact<T> =>
      node.isUp ? known(value) : { isKnown: false, source: 'model', why: 'no route to host' };
    const isClean = this.nodes.every(({ osdUp, osdClean }) => osdUp && osdClean);
    const modes: Named<{ mode: string; state: string; timestamp: number }> = namedOf(
      this.nodes.map((each) => {
        const left = this.guests.some((guest) => guest.node === each.name);
        const mode = each.isMaintenance && !left ? 'maintenance' : 'active';
        return [each.name, { mode, state: 'active', timestamp: each.isUp ? epoch : epoch - 600 }];
      }),
    );
    const states = this.nodes.map(
      (each) => [each.name, each.isUp ? (each.isMaintenance ? 'maintenance' : 'online') : 'unknown'] as const,
    );
    return {
      now: new Date(this.clock),
      clusterStatus: known({
        isQuorate: quorum.isQuorate,
        nodes: this.nodes.map((each) => ({
          ...{ type: 'node' as const, name: each.name, nodeid: each.nodeid },
          online: each.isUp ? 1 : 0,
        })),
      }),
      quorum: known(quorum),
      haResources: known(this.guests.map(({ vmid }) => ({ sid: `vm:${vmid}` }))),
      haStatus: known({
        manager_status: {
          timestamp: epoch,
          node_status: namedOf(states),
          service_status: namedOf(
            this.guests.map((guest) => [`vm:${guest.vmid}`, { node: guest.node, state: 'started' }]),
          ),
        },
        quorum: { node: 'n1', quorate: quorum.isQuorate ? '1' : '0' },
        lrm_status: modes,
      }),
      resources: known({
        guests: this.guests.map((guest) => ({
          type: 'qemu' as const,
          ...guest,
          status: 'running' as const,
          maxmem: 1,
        })),
        nodes: this.nodes.map((each) => ({ type: 'node' as const, node: each.name, maxmem: 100, mem: 10 })),
      }),
      tasks: known([]),
      backupJobs: known([]),
      options: known({}),
      storages: known(new Set(['ceph'])),
      guestConfigs: known(new Map(this.guests.map(({ vmid }) => [vmid, 'scsi0: ceph:disk']))),
      rollout: quorum.isQuorate
        ? known(this.rollout)
        : { isKnown: false, source: 'model', why: 'the cluster is not quorate' },
      hasCeph: known(this.hasCeph),
      cephStatus: known({
        health: { status: isClean ? 'HEALTH_OK' : 'HEALTH_WARN', checks: namedOf<never>([]) },
        quorum_names: this.nodes.filter(({ isUp }) => isUp).map((each) => each.name),
        monmap: { num_mons: this.nodes.length },
        pgmap: {
          num_pgs: 8,
          pgs_by_state: [{ state_name: isClean ? 'active+clean' : 'active+undersized', count: 8 }],
        },
      }),
      osdTree: known({
        nodes: this.nodes.flatMap((each) => [
          { id: -each.nodeid, name: each.name, type: 'host', children: [each.nodeid] },
          {
            id: each.nodeid,
            name: 'osd',
            type: 'osd',
            status: each.osdUp ? ('up' as const) : ('down' as const),
            reweight: 1,
          },
        ]),
        stray: [],
      }),
      okToStop: known({ ok_to_stop: this.isOkToStop(node), osds: [node.nodeid] }),
      nodeStatus: ofNode({
        uptime: Math.max(1, epoch - node.booted),
        ...{ pveversion: 'v', 'current-kernel': { release: 'k' }, rootfs: { avail: 10 } },
      }),
      services: ofNode(
        ['corosync', 'pve-cluster', 'pve-ha-crm', 'pve-ha-lrm', 'pvedaemon', 'pveproxy', 'pvestatd'].map(
          (service) => ({
            service,
            'active-state': 'active',
          }),
        ),
      ),
      replication: ofNode([]),
      time: ofNode({ time: epoch }),
      versions: ofNode({
        runningKernel: 'k',
        packages: [{ name: 'pve-manager', installed: node.isUpgraded ? '2' : '1', offered: '2' }],
      }),
      forecast: known({
        schema: 'pommgr/forecast-result/v1' as const,
        result: {
          subject: { hostName: name, baseline: { name: 'site-1', digest: '1'.repeat(64) } },
          verdict: 'go' as const,
          sources: [{ changes: [{ name: 'pve-manager', action: 'upgrade', to: '2' }] }],
          ...{ reboot: [], refusals: [], unknown: [] },
        },
      }),
    };
  }
}

/** Runs a model by the numbers; the first decides the cluster. @throws Error where something was let go that must not be. */
export function runModel(seed: number, steps: number): ModelRun {
  let state = seed >>> 0;
  // mulberry32
  const draw: Draw = (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  const model = new Model(draw);
  for (let step = 0; step < steps; step += 1) model.step(draw);
  return model.run;
}
