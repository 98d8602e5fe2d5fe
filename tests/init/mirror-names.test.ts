import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMirrorNames } from '../../src/init/domain/mirror-names.ts';
import { mirrorIdSchema } from '../../src/core/domain/names.ts';

describe('createMirrorNames', () => {
  it.each([
    ['http://ftp.debian.org/debian', 'bookworm', 'debian-bookworm'],
    ['http://security.debian.org/debian-security', 'bookworm-security', 'debian-bookworm-security'],
    ['https://enterprise.proxmox.com/debian/pve', 'trixie', 'pve-trixie'],
    ['http://download.proxmox.com/debian/ceph-squid', 'trixie', 'ceph-squid-trixie'],
    ['http://127.0.0.1:8080/debian', 'trixie', '127.0.0.1-trixie'],
    ['http://[::1]/debian', 'trixie', '1-trixie'],
    ['http://mirror/debian', 'trixie', 'mirror-trixie'],
    ['http://vendor.example/cuda/x86_64', './', 'x86_64'],
    ['file:///debian', 'trixie', 'local-trixie'],
    ['http://ftp.debian.org/debian', 'stable/updates', 'debian-stable-updates'],
    [
      'https://a.example/a-very-long-name-of-a-repository',
      'trixie-proposed-updates-extra-long',
      'a-very--trixie-proposed-updates-',
    ],
  ])('of %s and %s makes %s', (uri, suite, id) => {
    expect(createMirrorNames()(uri, suite)).toBe(id);
    expect(mirrorIdSchema.safeParse(id).success).toBe(true);
  });

  it('numbers names that are taken', () => {
    const nameOf = createMirrorNames();
    const ids = Array.from({ length: 11 }, () =>
      nameOf('https://a.example/a-very-long-name-of-a-repository', 'trixie'),
    );
    expect(new Set(ids).size).toBe(11);
    expect(ids.slice(0, 2)).toEqual(['a-very-long-name-of-a-rep-trixie', 'a-very-long-name-of-a-rep-tr-2']);
    for (const id of ids) expect(mirrorIdSchema.safeParse(id).success, id).toBe(true);
  });

  it('gives ids that POM takes, each once, whatever it is given', () => {
    const site = fc.record({ path: fc.webPath(), suite: fc.string({ minLength: 1 }) });
    fc.assert(
      fc.property(fc.array(site, { maxLength: 20 }), (sites) => {
        const nameOf = createMirrorNames();
        const ids = sites.map(({ path, suite }) => nameOf(`http://h.example${path}`, suite));
        return new Set(ids).size === ids.length && ids.every((id) => mirrorIdSchema.safeParse(id).success);
      }),
    );
  });
});
