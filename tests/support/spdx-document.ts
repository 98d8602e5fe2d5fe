/**
 * What SPDX 2.3 asks of a JSON document, for the members that pommgr writes: names, formats and closed lists as in the
 * specification's clauses 6 (document), 7 (package), 10 (other licenses) and 11 (relationships). Any other member is
 * refused.
 */
import { z } from 'zod';

const idSchema = z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/);
const supplierSchema = z.string().regex(/^(?:NOASSERTION|(?:Organization|Person): .+)$/);
/** Annex D: identifiers, references, AND, OR, WITH, parentheses. */
const expressionSchema = z
  .string()
  .regex(/^(?:NOASSERTION|NONE|[()]|[A-Za-z0-9.+-]+|\s)+$/)
  .refine((text) => !/\b(?:AND|OR|WITH)\s*(?:$|\)|AND|OR)/.test(text), 'an operator lacks its right side');

const packageSchema = z.strictObject({
  SPDXID: idSchema,
  name: z.string().min(1),
  versionInfo: z.string().min(1),
  primaryPackagePurpose: z.enum(['ARCHIVE', 'DEVICE', 'LIBRARY', 'OPERATING-SYSTEM']),
  supplier: supplierSchema.optional(),
  sourceInfo: z.string().min(1).optional(),
  downloadLocation: z.literal('NOASSERTION'),
  filesAnalyzed: z.literal(false),
  licenseConcluded: expressionSchema,
  licenseDeclared: expressionSchema,
  copyrightText: z.string(),
  checksums: z
    .array(
      z.strictObject({ algorithm: z.literal('SHA256'), checksumValue: z.string().regex(/^[0-9a-f]{64}$/) }),
    )
    .min(1)
    .optional(),
  externalRefs: z
    .array(
      z.strictObject({
        referenceCategory: z.literal('PACKAGE-MANAGER'),
        referenceType: z.literal('purl'),
        referenceLocator: z.string().startsWith('pkg:'),
      }),
    )
    .optional(),
});

const documentSchema = z.strictObject({
  spdxVersion: z.literal('SPDX-2.3'),
  dataLicense: z.literal('CC0-1.0'),
  SPDXID: z.literal('SPDXRef-DOCUMENT'),
  name: z.string().min(1),
  documentNamespace: z.string().regex(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  creationInfo: z.strictObject({
    created: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    creators: z.array(z.string().regex(/^Tool: \S+-\S+$/)).min(1),
  }),
  packages: z.array(packageSchema).min(1),
  relationships: z.array(
    z.strictObject({
      spdxElementId: idSchema,
      relationshipType: z.enum(['DESCRIBES', 'CONTAINS']),
      relatedSpdxElement: idSchema,
    }),
  ),
  hasExtractedLicensingInfos: z
    .array(
      z.strictObject({
        licenseId: z.string().regex(/^LicenseRef-[A-Za-z0-9.-]+$/),
        name: z.string().min(1),
        extractedText: z.string().min(1),
      }),
    )
    .optional(),
});

export type SpdxDocument = z.infer<typeof documentSchema>;

/** Checks the form, that identifiers are unique, and that whatever is named is there. */
export function parseSpdx(text: string): SpdxDocument {
  const document = documentSchema.parse(JSON.parse(text));
  const ids = [document.SPDXID, ...document.packages.map(({ SPDXID }) => SPDXID)];
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
  if (repeated.length > 0) throw new Error(`identifiers are repeated: ${repeated.join(' ')}`);
  const known = new Set(ids);
  for (const { spdxElementId, relatedSpdxElement } of document.relationships)
    for (const id of [spdxElementId, relatedSpdxElement])
      if (!known.has(id)) throw new Error(`a relationship names ${id}, which is not there`);
  const licenses = new Set(document.hasExtractedLicensingInfos?.map(({ licenseId }) => licenseId));
  for (const { licenseDeclared } of document.packages)
    for (const [reference] of licenseDeclared.matchAll(/LicenseRef-[A-Za-z0-9.-]+/g))
      if (!licenses.has(reference)) throw new Error(`${reference} is not explained`);
  return document;
}
