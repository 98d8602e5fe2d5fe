/** Checks what could keep the host off the network after the reboot: interface names, its own name, certificates. */
import { always, before, fail, known, listed, pass, unknown, warn, type UpgradeCheck } from './check.ts';

const leastRsaBits = 2048;

export const networkChecks: readonly UpgradeCheck[] = [
  {
    id: 'interface-names',
    title: 'Names of network interfaces will not change',
    phases: before,
    byHand: 'ip -br link; ls /etc/systemd/network /usr/local/lib/systemd/network',
    judge: ({ cards, texts }) =>
      known([cards], (all) => {
        if (all.length === 0) return pass('there is no physical network card');
        const loose = all.filter(({ isPinned }) => !isPinned).map(({ name }) => name);
        if (loose.length === 0) return pass(`${listed(all.map(({ name }) => name))}: pinned by .link files`);
        return known([texts.interfaces, texts.commandLine], (interfaces, line) => {
          if (/\bnet\.naming-scheme=\S/.test(line ?? ''))
            return pass('net.naming-scheme is set on the command line of the kernel');
          const configured = loose.filter((name) => mentions(interfaces ?? '', name));
          const seen = `not pinned: ${listed(loose)}`;
          const used =
            configured.length === 0 ? seen : `${seen}; /etc/network/interfaces names ${listed(configured)}`;
          return warn(
            used,
            'Pin them before the upgrade (on Proxmox VE and Backup Server: pve-network-interface-pinning or proxmox-network-interface-pinning generate; else a .link file with MACAddress= and Name=), and have a console ready: a new kernel or systemd may rename a card.',
          );
        });
      }),
  },
  {
    id: 'udev-net-rules',
    title: 'No interface is named by old udev rules',
    phases: before,
    byHand: 'cat /etc/udev/rules.d/70-persistent-net.rules',
    judge: ({ texts }) =>
      known([texts.persistentNet], (text) =>
        /^\s*[^#\s]/m.test(text ?? '')
          ? fail(
              '/etc/udev/rules.d/70-persistent-net.rules names interfaces',
              'Write .link files instead (systemd.link(5)): newer systemd renames the cards all the same.',
            )
          : pass('no rule found'),
      ),
  },
  {
    id: 'host-name',
    title: "The host's name resolves to its own address",
    phases: always,
    products: ['pve', 'pbs', 'pmg'],
    byHand: 'getent hosts $(hostname); hostname -I',
    judge: ({ texts, host, addresses }) =>
      known([texts.hosts], (text) => {
        if (host.hostName === '') return unknown('the host has no name');
        const found = addressesOf(text ?? '', host.hostName);
        const todo =
          'Give the name its own address in /etc/hosts; the services of the product do not start without it.';
        if (found.length === 0) return warn(`/etc/hosts does not name ${host.hostName}`, todo);
        const seen = `${host.hostName} is ${found.join(', ')}`;
        if (found.some((address) => /^127\.|^::1$/.test(address))) return fail(seen, todo);
        return known([addresses], (own) =>
          found.some((address) => own.includes(address))
            ? pass(seen)
            : fail(`${seen}, which no interface has`, todo),
        );
      }),
  },
  {
    id: 'certificates',
    title: 'Certificates have keys that the new OpenSSL accepts',
    phases: before,
    products: ['pve', 'pbs', 'pmg'],
    byHand: 'openssl x509 -noout -text -in FILE',
    judge: ({ certificates }) =>
      known([certificates], (all) => {
        const weak = all.filter(({ rsaBits }) => rsaBits !== null && rsaBits < leastRsaBits);
        if (weak.length > 0)
          return fail(
            listed(weak.map(({ path, rsaBits }) => `${path} has ${rsaBits} bits`)),
            `Make a new certificate with at least ${leastRsaBits} bits: pvecm updatecerts --force, or your CA's.`,
          );
        return pass(all.length === 0 ? 'there is none' : listed(all.map(({ path }) => path)));
      }),
  },
];

function mentions(text: string, name: string): boolean {
  return text
    .split('\n')
    .some((line) => !line.trim().startsWith('#') && line.split(/[\s.:]+/).includes(name));
}

function addressesOf(hosts: string, name: string): string[] {
  return hosts.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    return names.some((one) => one === name || one.startsWith(`${name}.`)) ? [address] : [];
  });
}
