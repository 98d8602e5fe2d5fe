/** Checks what Debian 13 does otherwise on every host (release notes, chapter 5). */
import { compareVersions } from '../../../apt/domain/debian-version.ts';
import { before, fail, known, listed, pass, warn, type UpgradeCheck } from './check.ts';
import { versionOf } from './facts.ts';

/** The first version whose connections survive the new OpenSSL in the midst of the upgrade. */
const leastSshServer = '1:9.2p1-2+deb12u7';
/** Names without a region that moved to tzdata-legacy; others without one stay. */
const legacyZones =
  /^(?:US|Canada|Brazil|Chile|Mexico)\/|^(?:Cuba|Egypt|Eire|GB|GB-Eire|Hongkong|Iceland|Iran|Israel|Jamaica|Japan|Kwajalein|Libya|NZ|NZ-CHAT|Navajo|PRC|Poland|Portugal|ROC|ROK|Singapore|Turkey|W-SU)$/;

export const debianChecks: readonly UpgradeCheck[] = [
  {
    id: 'merged-usr',
    title: '/bin, /sbin and /lib are links into /usr',
    phases: before,
    byHand: 'ls -ld /bin /sbin /lib',
    judge: ({ isUsrMerged }) =>
      known([isUsrMerged], (isMerged) =>
        isMerged
          ? pass('merged')
          : fail(
              '/bin, /sbin or /lib is a directory of its own',
              'Install usrmerge within Debian 12: packages of Debian 13 need it.',
            ),
      ),
  },
  {
    id: 'sysctl',
    title: '/etc/sysctl.conf sets nothing',
    phases: before,
    byHand: 'grep -vE "^[[:space:]]*([#;]|$)" /etc/sysctl.conf',
    judge: ({ texts }) =>
      known([texts.sysctl], (text) => {
        const settings = (text ?? '').split('\n').filter((line) => /^\s*[^\s#;]/.test(line));
        return settings.length === 0
          ? pass('no setting found')
          : warn(
              listed(
                settings.map((line) => line.trim()),
                4,
              ),
              'Move the lines to a file /etc/sysctl.d/NAME.conf: Debian 13 does not read this one at boot.',
            );
      }),
  },
  {
    id: 'crypttab',
    title: 'Encrypted disks can be opened after the upgrade',
    phases: before,
    byHand: 'cat /etc/crypttab',
    judge: ({ texts }) =>
      known([texts.crypttab], (text) => {
        const entries = (text ?? '')
          .split('\n')
          .map((line) => line.trim().split(/\s+/))
          .filter(([name = '']) => name !== '' && !name.startsWith('#'));
        if (entries.length === 0) return pass('no encrypted disk is configured');
        const names = listed(entries.map(([name = '']) => name));
        const loose = entries.filter(([, , , options = '']) => {
          const words = options.split(',');
          return (
            words.includes('plain') &&
            !['cipher', 'size', 'hash'].every((key) => words.some((word) => word.startsWith(`${key}=`)))
          );
        });
        if (loose.length > 0) {
          return fail(
            listed(loose.map(([name = '']) => name)),
            'Write cipher=, size= and hash= beside plain in /etc/crypttab, as they are now (cryptsetup status NAME): their defaults change.',
          );
        }
        return warn(
          names,
          'See that systemd-cryptsetup is installed before the reboot; the target of the new release must have it.',
        );
      }),
  },
  {
    id: 'time-zone',
    title: 'The time zone has a current name',
    phases: before,
    byHand: 'cat /etc/timezone',
    judge: ({ texts }) =>
      known([texts.timeZone], (text) => {
        const zone = (text ?? '').trim();
        return legacyZones.test(zone)
          ? warn(
              zone,
              'Set the current name (timedatectl set-timezone, for example Asia/Tokyo), or add tzdata-legacy to the target of the new release.',
            )
          : pass(zone === '' ? 'none is set' : zone);
      }),
  },
  {
    id: 'ssh-server',
    title: 'New SSH connections work during the upgrade',
    phases: before,
    byHand: 'dpkg -l openssh-server',
    judge: ({ packages }) =>
      known([packages], (all) => {
        const version = versionOf(all, 'openssh-server');
        if (version === undefined) return pass('there is no SSH server');
        return compareVersions(version, leastSshServer) >= 0
          ? pass(version)
          : warn(
              version,
              `Upgrade openssh-server to ${leastSshServer} or newer first: until the upgrade is done, older ones refuse new connections.`,
            );
      }),
  },
  {
    id: 'ssh-keys',
    title: 'No DSA key is needed to log in',
    phases: before,
    byHand: 'grep ssh-dss /root/.ssh/authorized_keys; grep -i dsa /etc/ssh/sshd_config',
    judge: ({ texts }) =>
      known([texts.authorizedKeys, texts.sshServerConfig], (keys, config) => {
        const all = (keys ?? '').split('\n').filter((line) => /^\s*[^\s#]/.test(line));
        const dsa = all.filter((line) => /(?:^|\s)ssh-dss\s/.test(line));
        const todo = 'Replace DSA keys by Ed25519 or RSA keys: OpenSSH of Debian 13 does not know them.';
        if (dsa.length > 0 && dsa.length === all.length)
          return fail('root can log in by DSA keys only', todo);
        if (dsa.length > 0) return warn(`${dsa.length} of the ${all.length} keys of root are DSA`, todo);
        return /^\s*HostKey\s+\S*_dsa_key\b/m.test(config ?? '')
          ? warn('sshd_config names a DSA host key', todo)
          : pass('no DSA key found');
      }),
  },
  {
    id: 'ssh-ciphers',
    title: "root's SSH client asks for no removed cipher",
    phases: before,
    byHand: 'grep -i ciphers /root/.ssh/config',
    judge: ({ texts }) =>
      known([texts.sshConfig], (text) =>
        /^\s*Ciphers\s.*(?:blowfish|arcfour|3des)/im.test(text ?? '')
          ? fail(
              '/root/.ssh/config has such a line',
              'Remove the line Ciphers: migrations between nodes use this client.',
            )
          : pass('no removed cipher found'),
      ),
  },
];
