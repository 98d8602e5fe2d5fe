import { describe, expect, it } from 'vitest';
import { mirrorIdSchema } from '../../src/core/domain/names.ts';
import { presets } from '../../src/config/domain/presets.ts';

/** One line a mirror: the whole of what PROXMOX's and Debian's repositories are, readable in a review. */
function facts(): string[] {
  return presets.flatMap((preset) =>
    preset.mirrors.map(({ settings }) =>
      [
        preset.name,
        settings.id,
        settings.uri,
        settings.suite,
        settings.components.join(','),
        settings.authFile ?? '-',
      ].join(' '),
    ),
  );
}

describe('presets', () => {
  it('have names and mirror ids of their own, which POM takes', () => {
    const names = presets.map((preset) => preset.name);
    const ids = presets.flatMap((preset) => preset.mirrors.map((mirror) => mirror.settings.id));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(mirrorIdSchema.safeParse(id).success, id).toBe(true);
  });

  it.each([
    'pve-9-enterprise pve-9-enterprise https://enterprise.proxmox.com/debian/pve trixie pve-enterprise ./secrets/pve-auth.conf',
    'pve-9-no-subscription pve-9-no-subscription http://download.proxmox.com/debian/pve trixie pve-no-subscription -',
    'pve-9-test pve-9-test http://download.proxmox.com/debian/pve trixie pve-test -',
    'pve-8-test pve-8-test http://download.proxmox.com/debian/pve bookworm pvetest -',
    'pbs-4-enterprise pbs-4-enterprise https://enterprise.proxmox.com/debian/pbs trixie pbs-enterprise ./secrets/pbs-auth.conf',
    'pbs-3-test pbs-3-test http://download.proxmox.com/debian/pbs bookworm pbstest -',
    'pmg-9-no-subscription pmg-9-no-subscription http://download.proxmox.com/debian/pmg trixie pmg-no-subscription -',
    'pmg-8-test pmg-8-test http://download.proxmox.com/debian/pmg bookworm pmgtest -',
    'pdm-1-enterprise pdm-1-enterprise https://enterprise.proxmox.com/debian/pdm trixie pdm-enterprise ./secrets/pve-auth.conf',
    'ceph-tentacle-trixie-no-subscription ceph-tentacle-trixie-nosub http://download.proxmox.com/debian/ceph-tentacle trixie no-subscription -',
    'ceph-quincy-bookworm-enterprise ceph-quincy-bookworm-enterprise https://enterprise.proxmox.com/debian/ceph-quincy bookworm enterprise ./secrets/pve-auth.conf',
    'ceph-squid-bookworm-test ceph-squid-bookworm-test http://download.proxmox.com/debian/ceph-squid bookworm test -',
    'pbs-client-trixie pbs-client-trixie http://download.proxmox.com/debian/pbs-client trixie main -',
    'debian-trixie debian-trixie http://ftp.debian.org/debian trixie main,contrib,non-free-firmware -',
    'debian-trixie debian-trixie-updates http://ftp.debian.org/debian trixie-updates main,contrib,non-free-firmware -',
    'debian-bookworm debian-bookworm-security http://security.debian.org/debian-security bookworm-security main,contrib,non-free-firmware -',
  ])('know %s', (line) => {
    expect(facts()).toContain(line);
  });

  it('cover seven product releases, five Ceph releases with three channels each, client and Debian twice', () => {
    expect(presets).toHaveLength(7 * 3 + 5 * 3 + 2 + 2);
    expect(facts()).toHaveLength(7 * 3 + 5 * 3 + 2 + 2 * 3);
  });

  it('ask for a login in the enterprise repositories and nowhere else', () => {
    for (const preset of presets) {
      const enterprise = preset.name.endsWith('-enterprise');
      for (const { settings, comments } of preset.mirrors) {
        expect(settings.authFile !== undefined, preset.name).toBe(enterprise);
        expect(settings.uri.startsWith('https://enterprise.'), preset.name).toBe(enterprise);
        expect(comments.join('\n').includes('machine enterprise.proxmox.com login'), preset.name).toBe(
          enterprise,
        );
      }
    }
  });

  it('name the keyring of their release', () => {
    for (const preset of presets) {
      const expected =
        preset.kind === 'debian'
          ? '/usr/share/keyrings/debian-archive-keyring.gpg'
          : preset.codename === 'trixie'
            ? '/usr/share/keyrings/proxmox-archive-keyring.gpg'
            : '/etc/apt/trusted.gpg.d/proxmox-release-bookworm.gpg';
      for (const { settings } of preset.mirrors) expect(settings.keyring, preset.name).toBe(expected);
    }
  });
});
