/**
 * Bills of materials: package URLs as the purl library reads them, CycloneDX by its own schema, SPDX by the rules of its
 * specification; of a baseline, a target, a lock and a host, the same bytes each time.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { PackageURL } from 'packageurl-js';
import { beforeAll, describe, expect, it } from 'vitest';
import Sbom from '../../src/commands/sbom.ts';
import { copyrightLicenses } from '../../src/sbom/domain/copyright.ts';
import { packageUrl, vendorOf, type UrlParts } from '../../src/sbom/domain/package-url.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createOnlineSite, testContext, type OnlineSite } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { runCommand } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { parseSpdx } from '../support/spdx-document.ts';

describe('a package URL', () => {
  const plain: UrlParts = {
    ...{ name: 'libc6', version: '2.36-9', architecture: 'amd64', origin: 'Debian', codename: 'bookworm' },
    source: { name: 'libc6', version: '2.36-9' },
  };

  it.each<[string, Partial<UrlParts>, string]>([
    ['of a plain package', {}, 'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12'],
    [
      'with another source',
      { source: { name: 'glibc', version: '2.36-9' } },
      'pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc',
    ],
    [
      'with another version of its source',
      { version: '2.36-9+b1' },
      'pkg:deb/debian/libc6@2.36-9%2Bb1?arch=amd64&distro=debian-12&upstream=libc6%402.36-9',
    ],
    [
      'with an epoch and a tilde',
      { version: '1:2.0~rc1-1', source: { name: 'libc6', version: '1:2.0~rc1-1' } },
      'pkg:deb/debian/libc6@1:2.0~rc1-1?arch=amd64&distro=debian-12',
    ],
    [
      'with a plus in its name',
      { name: 'g++', source: { name: 'g++', version: '2.36-9' } },
      'pkg:deb/debian/g%2B%2B@2.36-9?arch=amd64&distro=debian-12',
    ],
    [
      "of Proxmox, for Debian's next release",
      { origin: 'Proxmox', codename: 'trixie' },
      'pkg:deb/proxmox/libc6@2.36-9?arch=amd64&distro=debian-13',
    ],
    [
      'for a release without a known number',
      { codename: 'forky', architecture: 'all' },
      'pkg:deb/debian/libc6@2.36-9?arch=all&distro=debian-forky',
    ],
    ['for no release', { codename: null }, 'pkg:deb/debian/libc6@2.36-9?arch=amd64'],
  ])('%s is the canonical one', (_, changes, expected) => {
    const parts = { ...plain, ...changes };
    const url = packageUrl(parts) ?? '';
    expect(url).toBe(expected);
    const read = PackageURL.fromString(url);
    expect(PackageURL.fromString(read.toString())).toEqual(read);
    expect(read).toMatchObject({ type: 'deb', name: parts.name, version: parts.version });
    expect(read.qualifiers).toMatchObject({ arch: parts.architecture });
  });

  it('has the vendor of the signed Release, or there is none', () => {
    expect(vendorOf('Debian Backports')).toBe('debian');
    expect(vendorOf('Proxmox')).toBe('proxmox');
    expect(vendorOf('Ärger/2')).toBe('ärger/2');
    expect(packageUrl({ ...plain, origin: ' ' })).toBeNull();
    const strange = packageUrl({ ...plain, origin: 'a/b@c?d' }) ?? '';
    expect(PackageURL.fromString(strange)).toMatchObject({ name: 'libc6', version: '2.36-9' });
  });
});

const copyright = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: GPL-2+ or Artistic, and Expat

Files: odd/*
License: Odd one
 Its text.
`;

describe('the licenses of a package', () => {
  it.each([
    [copyright, '((GPL-2.0-or-later OR Artistic-1.0) AND MIT) AND LicenseRef-debian-odd-one'],
    [copyright.replaceAll(/^License: .*$/gm, 'License: LGPL-2.1'), 'LGPL-2.1-only'],
    [copyright.replace('Format', 'X'), undefined],
    ['License: GPL-2\n', undefined],
  ])('%# are those that its copyright file names', (text, expected) => {
    expect(copyrightLicenses(text)?.expression).toBe(expected);
  });
});

describe('a bill', { timeout: 60_000 }, () => {
  let site: OnlineSite;
  let lock: string;

  beforeAll(async () => {
    site = await createOnlineSite([], {
      origin: 'Proxmox',
      components: {
        main: await Promise.all([
          buildPackage({ name: 'alpha', version: '1.0', source: 'first (0.9-1)' }),
          buildPackage({
            ...{ name: 'alpha', version: '2.0' },
            files: { '/usr/share/doc/alpha/copyright': copyright },
          }),
          buildPackage({ name: 'beta++', version: '1:0.9-1', architecture: 'all' }),
        ]),
      },
    });
    const context = testContext('2025-06-02T00:00:01Z');
    await snapshot({ configFile: site.configFile, context, dryRun: false, force: false });
    lock = join(site.directory, 'pve1.lock.json');
    const installed = [
      { name: 'alpha', version: '1.0', architecture: 'amd64' },
      { name: 'stranger', version: '7', architecture: 'amd64' },
    ].map((item) => ({ ...item, automatic: false, hold: false }));
    await writeFile(
      lock,
      JSON.stringify({
        schema: 'pommgr/host-lock/v2',
        created: '2025-06-01T00:00:00Z',
        tool: { name: 'pommgr', version: '0.2.0' },
        hostName: 'pve1',
        codename: 'bookworm',
        architecture: 'amd64',
        ...{ foreignArchitectures: [], products: [], serverIds: [], baseline: null, changedConffiles: [] },
        packages: installed,
      }),
    );
  });

  const run = (args: readonly string[]) =>
    runCommand(Sbom, [...args, '--quiet', '--config', site.configFile]);

  async function bill(args: readonly string[]): Promise<string> {
    const { stdout, exitCode, stderr } = await run(args);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return stdout;
  }

  it('of a baseline is valid CycloneDX 1.6 with every package', async () => {
    const text = await bill([]);
    expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull();
    const { metadata, components } = JSON.parse(text) as CycloneDx;
    expect(metadata.component).toMatchObject({ type: 'data', name: 'test-1' });
    expect(metadata.timestamp).toBe('2025-06-02T00:00:01.000Z');
    expect(components).toHaveLength(4);
    expect(components[0]).toMatchObject({ type: 'operating-system', name: 'debian', version: '12' });
    expect(components[1]).toMatchObject({
      name: 'alpha',
      version: '1.0',
      purl: 'pkg:deb/proxmox/alpha@1.0?arch=amd64&distro=debian-12&upstream=first%400.9-1',
      hashes: [{ alg: 'SHA-256', content: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
      properties: expect.arrayContaining([
        { name: 'aquasecurity:trivy:SrcName', value: 'first' },
        { name: 'aquasecurity:trivy:SrcVersion', value: '0.9' },
        { name: 'aquasecurity:trivy:SrcRelease', value: '1' },
      ]) as unknown[],
    });
    expect(new Set(components.map((component) => component['bom-ref'])).size).toBe(4);
    expect(
      components
        .map(({ purl }) => purl)
        .slice(1)
        .every((purl) => purl !== undefined),
    ).toBe(true);
  });

  it('is the same each time, and another for another subject', async () => {
    expect(await bill([])).toBe(await bill(['test-1']));
    const serial = /"serialNumber": "(urn:uuid:[0-9a-f-]{36})"/;
    const [, first] = serial.exec(await bill([])) ?? [];
    const [, second] = serial.exec(await bill(['--target', 'debian'])) ?? [];
    expect(first).toMatch(/^urn:uuid:.{14}8/);
    expect(second).not.toBe(first);
  });

  it('is SPDX 2.3 with the same packages', async () => {
    const { packages, relationships, creationInfo } = parseSpdx(await bill(['--format', 'spdx']));
    expect(creationInfo.created).toBe('2025-06-02T00:00:01Z');
    expect(packages.map(({ name }) => name)).toEqual(['test-1', 'debian', 'alpha', 'alpha', 'beta++']);
    expect(packages[2]).toMatchObject({
      supplier: 'Organization: Proxmox',
      sourceInfo: 'built package from: first 0.9-1',
    });
    expect(relationships).toHaveLength(5);
  });

  it('of a lock knows where a package is from by the baselines, and says which it does not know', async () => {
    const { stdout, stderr } = await runCommand(Sbom, ['--lock', lock, '--config', site.configFile]);
    expect(await new JsonStrictValidator(Version.v1dot6).validate(stdout)).toBeNull();
    const { components, metadata } = JSON.parse(stdout) as CycloneDx;
    expect(metadata.component).toMatchObject({ type: 'device', name: 'pve1' });
    expect(components.map(({ name, purl }) => [name, purl])).toEqual([
      ['debian', undefined],
      ['alpha', 'pkg:deb/proxmox/alpha@1.0?arch=amd64&distro=debian-12&upstream=first%400.9-1'],
      ['stranger', undefined],
    ]);
    expect(stderr).toContain('1 of 2 packages have no package URL');
    expect(parseSpdx(await bill(['--lock', lock, '--format', 'spdx'])).packages).toHaveLength(4);
  });

  it('has the licenses that packages name, where that is asked for', async () => {
    const text = await bill(['--licenses']);
    expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull();
    const expression = copyrightLicenses(copyright)?.expression;
    expect(text.split(`"licenses":[{"expression":"${expression}"}]`)).toHaveLength(2);
    const { packages } = parseSpdx(await bill(['--licenses', '--format', 'spdx']));
    expect(packages.map(({ licenseDeclared }) => licenseDeclared)).toContain(expression);
  });

  it('goes into a file, of which --json tells', async () => {
    const output = join(await scratchDirectory(), 'bill.json');
    const { stdout } = await run(['-o', output, '--json']);
    const { result } = JSON.parse(stdout) as { result: { sizeBytes: number; components: number } };
    expect(result).toMatchObject({ file: output, components: 3, withoutUrl: 0, format: 'cyclonedx' });
    expect((await readFile(output)).length).toBe(result.sizeBytes);
    expect(await readFile(output, 'utf8')).toBe(await bill([]));
  });

  it.each([
    [['--json'], 2, '--json needs --output'],
    [['--target', 'nobody', '--json', '-o', '/dev/null/x'], 2, 'has no target nobody. It has: debian.'],
    [['--root', '/'], 2, '--root and --store need --installed'],
    [['test-1', '--installed'], 2, 'leave the argument out'],
    [['--host', 'nobody'], 2, 'No lock of a host nobody'],
    [['test-9'], 3, 'There is no baseline test-9'],
  ])('is refused for %j', async (args, exitCode, message) => {
    const outcome = await run(args);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome.stdout + outcome.stderr).toContain(message);
  });
});

interface CycloneDx {
  metadata: { timestamp: string; component: { type: string; name: string } };
  components: { type: string; name: string; version: string; purl?: string; 'bom-ref': string }[];
}
