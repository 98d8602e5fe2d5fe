/**
 * A bill of materials as SPDX 2.3 JSON (ISO/IEC 5962 and its successor). `sourceInfo` names the source package in the
 * words that Trivy reads.
 */
import { debianVersionOf } from '../../config/domain/known-releases.ts';
import { withSerial, type SbomComponent, type SbomSubject } from './sbom.ts';

const none = 'NOASSERTION';
const documentId = 'SPDXRef-DOCUMENT';
const subjectId = 'SPDXRef-Subject';

/** Yields the document in pieces: its head, a line for each package, its relationships, its end. */
export function spdx(subject: SbomSubject, components: AsyncIterable<SbomComponent>): AsyncGenerator<string> {
  return withSerial(body(subject, components), (uuid) => `,\n"documentNamespace": "urn:uuid:${uuid}"\n}\n`);
}

async function* body(subject: SbomSubject, components: AsyncIterable<SbomComponent>): AsyncGenerator<string> {
  const { name, created, toolVersion } = subject;
  const head = {
    ...{ spdxVersion: 'SPDX-2.3', dataLicense: 'CC0-1.0', SPDXID: documentId, name },
    creationInfo: { created, creators: [`Tool: pommgr-${toolVersion}`] },
  };
  yield `{\n${Object.entries(head)
    .map(([member, value]) => `${JSON.stringify(member)}: ${JSON.stringify(value)}`)
    .join(',\n')},\n"packages": [\n${JSON.stringify(subjectPackage(subject))}`;
  const named = new Map<string, string>();
  const system = operatingSystem(subject);
  if (system !== undefined) yield `,\n${JSON.stringify(system)}`;
  let count = 0;
  for await (const component of components) {
    count += 1;
    for (const license of component.licenses?.named ?? []) named.set(license.ref, license.name);
    yield `,\n${JSON.stringify(packageOf(component, packageId(count)))}`;
  }
  yield `\n],\n"relationships": [\n${relationship(documentId, 'DESCRIBES', subjectId)}`;
  if (system !== undefined) yield `,\n${relationship(subjectId, 'CONTAINS', system.SPDXID)}`;
  for (let index = 1; index <= count; index++)
    yield `,\n${relationship(subjectId, 'CONTAINS', packageId(index))}`;
  yield '\n]';
  if (named.size > 0) yield `,\n"hasExtractedLicensingInfos": ${JSON.stringify(extracted(named))}`;
}

/** Identifiers hold letters, digits, dots and hyphens only; names of packages may have more. */
function packageId(index: number): string {
  return `SPDXRef-Package-${index}`;
}

function relationship(from: string, type: string, to: string): string {
  return JSON.stringify({ spdxElementId: from, relationshipType: type, relatedSpdxElement: to });
}

const unstated = {
  downloadLocation: none,
  filesAnalyzed: false,
  licenseConcluded: none,
  copyrightText: none,
};

function subjectPackage({ kind, name, digest }: SbomSubject) {
  const purpose = kind === 'host' ? 'DEVICE' : 'ARCHIVE';
  return {
    ...{ SPDXID: subjectId, name, versionInfo: digest, primaryPackagePurpose: purpose },
    ...{ ...unstated, licenseDeclared: none },
  };
}

function operatingSystem({ codename }: SbomSubject) {
  const version = codename === null ? undefined : debianVersionOf(codename)?.toString();
  if (version === undefined) return undefined;
  return {
    ...{ SPDXID: 'SPDXRef-OperatingSystem', name: 'debian', versionInfo: version },
    ...{ primaryPackagePurpose: 'OPERATING-SYSTEM', ...unstated, licenseDeclared: none },
  };
}

function packageOf(component: SbomComponent, id: string) {
  const { name, version, origin, source, purl, sha256, licenses } = component;
  return {
    ...{ SPDXID: id, name, versionInfo: version, primaryPackagePurpose: 'LIBRARY' },
    supplier: origin === null ? none : `Organization: ${origin}`,
    ...(source === null ? {} : { sourceInfo: `built package from: ${source.name} ${source.version}` }),
    ...unstated,
    licenseDeclared: licenses?.expression ?? none,
    ...(sha256 === null ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }] }),
    ...(purl === null
      ? {}
      : {
          externalRefs: [
            { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
          ],
        }),
  };
}

function extracted(named: ReadonlyMap<string, string>) {
  return [...named]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([licenseId, name]) => ({
      ...{ licenseId, name },
      extractedText: `The packages call this license "${name}"; its text is in their copyright files.`,
    }));
}
