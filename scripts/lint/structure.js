/**
 * The lint rule that holds the structure of src/: which layer may import which, the order of the rooms, and which
 * module of others has a single owner. ARCHITECTURE.md explains both; tests/contract/layers.test.ts sees it fail.
 */

/** A room imports itself and the rooms before it. */
export const rooms = [
  'core',
  'apt',
  'config',
  'trust',
  'upstream',
  'mirror',
  'closure',
  'baseline',
  'hosts',
  'advisories',
  'pom',
  'snapshot',
  'medium',
  'approval',
  'subscription',
  'bundle',
  'init',
  'store',
  'host',
  'forecast',
  'report',
  'sbom',
  'serve',
  'upkeep',
  'activation',
  'restore',
  'upgrade',
  'cluster',
];

/** What each layer may import of src/. */
const layers = {
  domain: ['domain'],
  adapters: ['domain', 'adapters'],
  workflows: ['domain', 'adapters', 'workflows'],
  ui: ['domain', 'ui'],
};

/** Modules that one file wraps for all others. */
const owners = {
  execa: ['core/adapters/process.ts'],
  'node:child_process': ['core/adapters/file-lock.ts'],
  tar: ['core/adapters/archive.ts'],
  ora: ['core/ui/progress.ts'],
  undici: ['upstream/adapters/transport.ts'],
  'p-limit': ['upstream/adapters/download.ts'],
};

/** What the pure layer may import besides src/: of Node.js it may hash. */
const pureModules = [
  'node:crypto',
  'zod',
  'yaml',
  'eta',
  'ical-generator',
  'pretty-bytes',
  '@cyclonedx/cyclonedx-library',
];

/** @param {string} path below src/ @returns {{ room?: string, layer: string }} */
function placeOf(path) {
  const [first = '', second = ''] = path.split('/');
  return first === 'commands' ? { layer: 'commands' } : { room: first, layer: second };
}

/** @param {string} from @param {string} specifier @returns {string} the path that a relative specifier names */
function resolvePath(from, specifier) {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** @param {string} specifier `execa`, `node:fs/promises`, `@oclif/core/interfaces` @returns {string} */
function moduleName(specifier) {
  const [first = '', second = ''] = specifier.split('/');
  const name = specifier.startsWith('@') ? `${first}/${second}` : first;
  return ['child_process', 'fs', 'path', 'os', 'net', 'http', 'https', 'process', 'timers'].includes(name)
    ? `node:${name}`
    : name;
}

/** @param {string} path below src/ @param {string} specifier @param {boolean} typeOnly @returns {string | undefined} */
export function objection(path, specifier, typeOnly) {
  const from = placeOf(path);
  if (!specifier.startsWith('.')) return objectionToModule(path, from, moduleName(specifier));
  const target = resolvePath(path, specifier);
  if (target.startsWith('..') || !target.includes('/')) return undefined;
  const to = placeOf(target);
  if (from.layer === 'commands') {
    if (to.layer === 'adapters') return 'Commands call workflows.';
    return to.layer === 'domain' && !typeOnly ? 'Commands import types of the domain only.' : undefined;
  }
  const allowed = Object.entries(layers).find(([layer]) => layer === from.layer)?.[1] ?? [];
  if (!allowed.includes(to.layer)) return `The layer ${from.layer} imports ${allowed.join(', ')} only.`;
  if (rooms.indexOf(to.room ?? '') > rooms.indexOf(from.room ?? ''))
    return `The room ${from.room} stands before ${to.room} and must not import it.`;
  return undefined;
}

/** @param {string} path @param {{ room?: string, layer: string }} from @param {string} name @returns {string | undefined} */
function objectionToModule(path, from, name) {
  const owned = Object.entries(owners).find(([module]) => module === name);
  if (owned !== undefined)
    return owned[1].includes(path) ? undefined : `Only ${owned[1].join(' and ')} may import ${name}.`;
  if (from.layer === 'domain' && !pureModules.includes(name)) return 'The domain is pure.';
  if (name.startsWith('@oclif/') && !['commands', 'ui'].includes(from.layer))
    return 'The command line is commands and ui.';
  return undefined;
}

/**
 * As much as the rule uses of a node and of a rule's context (ESLint's plugin API, which oxlint takes).
 * @typedef {{ source?: { value: unknown } | null, argument?: { value: unknown }, importKind?: string, exportKind?: string }} Node
 * @typedef {{ filename: string, report(finding: { node: Node, message: string }): void }} Context
 */

const structure = {
  /** @param {Context} context */
  create(context) {
    const path = /(?:^|\/)src\/((?:[^/]+\/)*[^/]+)$/.exec(context.filename.replaceAll('\\', '/'))?.[1];
    if (path === undefined) return {};
    /** @param {Node} node @param {Node['source']} source @param {boolean} typeOnly */
    const check = (node, source, typeOnly) => {
      if (typeof source?.value !== 'string') return;
      const message = objection(path, source.value, typeOnly);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      /** @param {Node} node */
      Program(node) {
        const { room, layer } = placeOf(path);
        if (layer === 'commands' || (rooms.includes(room ?? '') && layer in layers)) return;
        context.report({ node, message: `src/${path} belongs to no room and layer.` });
      },
      /** @param {Node} node */
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      /** @param {Node} node */
      ExportNamedDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      /** @param {Node} node */
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      /** @param {Node} node */
      ImportExpression: (node) => check(node, node.source, false),
      /** @param {Node} node */
      TSImportType: (node) => check(node, node.source ?? node.argument, true),
    };
  },
};

/** Objects with members that the code itself names: tables of texts for people, what other libraries take. */
const recordFiles = [
  'core/domain/named.ts',
  'core/domain/errors.ts',
  'core/adapters/process.ts',
  'core/adapters/own-files.ts',
  'core/ui/bundled-options.ts',
  'config/adapters/config-file.ts',
  'upstream/adapters/http-answer.ts',
  'upstream/adapters/proxy.ts',
  'mirror/domain/pom-change.ts',
];

/**
 * No plain object is a map of names from outside: `constructor` is one of them. A Map or a Named is (core/domain/named.ts).
 * @typedef {{ typeName?: { name?: string }, typeArguments?: { params: { type: string }[] }, callee?: { object?: { name?: string }, property?: { name?: string } } }} Shape
 */
const named = {
  /** @param {Context} context */
  create(context) {
    const path = /(?:^|\/)src\/((?:[^/]+\/)*[^/]+)$/.exec(context.filename.replaceAll('\\', '/'))?.[1] ?? '';
    // Texts for people are fields that the code names; details of errors are written, never looked up.
    if (recordFiles.includes(path) || path.includes('/ui/')) return {};
    const message = 'A map of names is a Map, or a Named of core/domain/named.ts.';
    return {
      /** @param {Node & Shape} node */
      TSTypeReference(node) {
        const [key, value] = node.typeArguments?.params ?? [];
        if (node.typeName?.name !== 'Record' || key?.type !== 'TSStringKeyword') return;
        if (value?.type !== 'TSUnknownKeyword') context.report({ node, message });
      },
      /** @param {Node & Shape} node */
      CallExpression(node) {
        const { object, property } = node.callee ?? {};
        if (object?.name === 'z' && property?.name === 'record') context.report({ node, message });
      },
    };
  },
};

/**
 * A path below a medium is a Place, which only files-at.ts and writes-at.ts open: no text is made of its mount point.
 * @typedef {{ callee?: { name?: string }, arguments?: { type: string, name?: string, property?: { name?: string } }[] }} Call
 */
const medium = {
  /** @param {Context} context */
  create(context) {
    const tops = ['media', 'medium', 'mountpoint'];
    const message = 'A path below a medium is a Place of core/domain/place.ts: below(topPlace(media), …).';
    return {
      /** @param {Node & Call} node */
      CallExpression(node) {
        const [first] = node.arguments ?? [];
        const isTop = tops.includes(first?.name ?? '') || tops.includes(first?.property?.name ?? '');
        if (
          ['join', 'resolve'].includes(node.callee?.name ?? '') &&
          isTop &&
          (node.arguments?.length ?? 0) > 1
        )
          context.report({ node, message });
      },
    };
  },
};

/** Classes whose instances only their own file makes, by the function that checks (ARCHITECTURE.md, Verified things). */
export const sealedTypes = new Map([
  ['VerifiedRelease', 'upstream/workflows/verify-releases.ts'],
  ['IndexedMirror', 'mirror/workflows/indexed-mirror.ts'],
  ['FetchPlan', 'mirror/workflows/fetch-plan.ts'],
  ['FetchedPlan', 'mirror/workflows/fetch-packages.ts'],
  ['Snapshot', 'mirror/workflows/taken-snapshots.ts'],
  ['TakenSnapshots', 'mirror/workflows/taken-snapshots.ts'],
  ['SignedDirectory', 'trust/adapters/signed-directory.ts'],
  ['VerifiedBundle', 'medium/adapters/verified-bundle.ts'],
  ['VerifiedOffer', 'store/workflows/open-offer.ts'],
  ['StoredBaseline', 'store/adapters/stored-baseline.ts'],
  ['AppliedBaseline', 'host/workflows/applied-baseline.ts'],
  ['UpgradePlan', 'apt/domain/apt-simulation.ts'],
]);

/** Branded types: a string or object that only the function that checks it may cast, in the file named here. */
export const brandedTypes = new Map([['Named', 'core/domain/named.ts']]);

/**
 * No cast makes a verified thing: neither `as VerifiedBundle` anywhere, nor `as Named` outside its file. A cast by way
 * of `unknown` or `any` says that the compiler would object, so it is refused outside the files of brands.
 * @typedef {{ type: string, typeName?: { name?: string } }} TypeNode
 * @typedef {{ typeAnnotation?: TypeNode, expression?: { type: string, typeAnnotation?: TypeNode } }} Cast
 */
const casts = {
  /** @param {Context} context */
  create(context) {
    const path = /(?:^|\/)src\/((?:[^/]+\/)*[^/]+)$/.exec(context.filename.replaceAll('\\', '/'))?.[1] ?? '';
    const isBrandFile = [...brandedTypes.values()].includes(path);
    /** @param {Node & Cast} node */
    const check = (node) => {
      const name = node.typeAnnotation?.typeName?.name ?? '';
      const inner = node.expression?.typeAnnotation?.type;
      const isDouble = inner === 'TSUnknownKeyword' || inner === 'TSAnyKeyword';
      const brandFile = brandedTypes.get(name);
      if (sealedTypes.has(name)) {
        context.report({
          node,
          message: `Only ${sealedTypes.get(name)} makes a ${name}, and without a cast.`,
        });
      } else if (brandFile !== undefined && brandFile !== path) {
        context.report({ node, message: `Only ${brandFile} makes a ${name}.` });
      } else if (isDouble && !isBrandFile) {
        context.report({
          node,
          message: 'A cast by way of unknown forges a type. Check the value, or parse it.',
        });
      }
    };
    return { TSAsExpression: check, TSTypeAssertion: check };
  },
};

/**
 * A FIFO in place of a file that is opened waits for ever: only core/adapters opens what was not looked at before.
 * @typedef {{ specifiers?: { imported?: { name?: string } }[] }} Imports
 */
const plain = {
  /** @param {Context} context */
  create(context) {
    const path = /(?:^|\/)src\/((?:[^/]+\/)*[^/]+)$/.exec(context.filename.replaceAll('\\', '/'))?.[1] ?? '';
    if (path === '' || plainFiles.some((known) => path.startsWith(known))) return {};
    const message = 'Read files by readPlainFile and openPlainStream of core/adapters/plain-file.ts.';
    const readers = ['readFile', 'createReadStream', 'copyFile'];
    return {
      /** @param {Node & Imports} node */
      ImportDeclaration(node) {
        if (!String(node.source?.value).startsWith('node:fs')) return;
        for (const { imported } of node.specifiers ?? [])
          if (readers.includes(imported?.name ?? '')) context.report({ node, message });
      },
    };
  },
};

/** The adapter itself, and files of /proc. */
const plainFiles = ['core/adapters/', 'apt/adapters/apt-list-lock.ts'];

// oxlint-disable-next-line import/no-default-export -- oxlint loads a plugin by its default export
export default { meta: { name: 'pommgr' }, rules: { structure, named, medium, casts, plain } };
