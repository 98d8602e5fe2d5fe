/**
 * A bill of materials as CycloneDX 1.6 (ECMA-424), by CycloneDX's own library. Components are formatted one by one, so
 * that memory does not grow with their number. Properties are named as Trivy reads them.
 */
import { ComponentType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums';
import {
  Bom,
  Component,
  LicenseExpression,
  LicenseRepository,
  Metadata,
  Property,
  PropertyRepository,
  HashDictionary,
  Tools,
  ComponentRepository,
} from '@cyclonedx/cyclonedx-library/Models';
import { JSON as Json } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import { debianVersionOf } from '../../config/domain/known-releases.ts';
import { withSerial, type SbomComponent, type SbomSubject } from './sbom.ts';

/** Yields the document in pieces: its head, a line for each component, its end. */
export function cycloneDx(
  subject: SbomSubject,
  components: AsyncIterable<SbomComponent>,
): AsyncGenerator<string> {
  return withSerial(body(subject, components), (uuid) => `,\n"serialNumber": "urn:uuid:${uuid}"\n}\n`);
}

async function* body(subject: SbomSubject, components: AsyncIterable<SbomComponent>): AsyncGenerator<string> {
  const factory = new Json.Normalize.Factory(Spec1dot6);
  const options = { sortLists: true };
  const { $schema, bomFormat, specVersion, version, metadata, dependencies } = factory
    .makeForBom()
    .normalize(bomOf(subject), options);
  const members = { $schema, bomFormat, specVersion, version, metadata, dependencies };
  yield `{\n${Object.entries(members)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(',\n')},\n"components": [`;
  const normalizer = factory.makeForComponent();
  let separator = '\n';
  const line = (component: Component): string => {
    const text = `${separator}${JSON.stringify(normalizer.normalize(component, options))}`;
    separator = ',\n';
    return text;
  };
  const system = operatingSystem(subject);
  if (system !== undefined) yield line(system);
  for await (const component of components) yield line(packageComponent(component));
  yield '\n]';
}

function bomOf({ kind, name, digest, created, toolVersion }: SbomSubject): Bom {
  const tool = new Component(ComponentType.Application, 'pommgr', { version: toolVersion });
  const type = kind === 'host' ? ComponentType.Device : ComponentType.Data;
  const component = new Component(type, name, { bomRef: `${kind} ${name}`, version: digest });
  const tools = new Tools({ components: new ComponentRepository([tool]) });
  return new Bom({ metadata: new Metadata({ timestamp: new Date(created), tools, component }) });
}

/** Scanners take the release of Debian from it, and accept only one. */
function operatingSystem({ codename }: SbomSubject): Component | undefined {
  const version = codename === null ? undefined : debianVersionOf(codename)?.toString();
  if (version === undefined) return undefined;
  return new Component(ComponentType.OperatingSystem, 'debian', {
    bomRef: `operating-system debian ${version}`,
    version,
  });
}

function packageComponent({ ref, name, version, purl, sha256, licenses, ...rest }: SbomComponent): Component {
  return new Component(ComponentType.Library, name, {
    ...{ bomRef: ref, version },
    ...(purl === null ? {} : { purl }),
    ...(sha256 === null ? {} : { hashes: new HashDictionary([[HashAlgorithm['SHA-256'], sha256]]) }),
    ...(licenses === null
      ? {}
      : { licenses: new LicenseRepository([new LicenseExpression(licenses.expression)]) }),
    properties: new PropertyRepository(propertiesOf(rest)),
  });
}

function propertiesOf({
  architecture,
  origin,
  source,
}: Pick<SbomComponent, 'architecture' | 'origin' | 'source'>): Property[] {
  const own = [
    new Property('pommgr:architecture', architecture),
    ...(origin === null ? [] : [new Property('pommgr:origin', origin)]),
  ];
  if (source === null) return own;
  const [, epoch, upstream = '', release] = /^(?:([0-9]+):)?(.*?)(?:-([^-]*))?$/.exec(source.version) ?? [];
  const trivy: [string, string | undefined][] = [
    ['PkgType', 'debian'],
    ['SrcName', source.name],
    ['SrcVersion', upstream],
    ['SrcRelease', release],
    ['SrcEpoch', epoch],
  ];
  return [
    ...own,
    ...trivy.flatMap(([name, value]) =>
      value === undefined ? [] : [new Property(`aquasecurity:trivy:${name}`, value)],
    ),
  ];
}
