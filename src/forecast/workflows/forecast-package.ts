/**
 * Forecasts what one package brings: it reads the control files first, and of the other files only those that matter.
 */
import { gunzipSync } from 'node:zlib';
import type { PlannedChange } from '../../apt/domain/planned-change.ts';
import { readControlFiles, readFiles, type FoundFiles } from '../adapters/package-archive.ts';
import { showDifference } from '../adapters/difference.ts';
import { answerByOptions, decideConffile, needsShipped } from '../domain/conffile-rule.ts';
import { openQuestions } from '../domain/debconf.ts';
import { parseMd5sums, parsePackageConffiles, type PackageConffile } from '../domain/dpkg-records.ts';
import type { ConffilePrompt, PackageForecast, ScriptChange } from '../domain/forecast.ts';
import { mergedPath, type HostConffile, type HostView } from '../domain/host-view.ts';
import { restartsOf } from '../domain/maintainer-scripts.ts';
import { newsSince, type NewsEntry } from '../domain/news.ts';
import { rebootReasons } from '../domain/reboots.ts';

/** Limit for one configuration file, and for one NEWS file in compressed form. */
const maxContentBytes = 512 * 1024;
const maxNewsBytes = 8 * 1024 * 1024;

/**
 * Forecasts one package. If the host has it, `change.from` is the installed version. @throws PommgrError
 * `integrity.package`.
 */
export async function forecastPackage(
  deb: string,
  change: PlannedChange,
  view: HostView,
): Promise<PackageForecast> {
  const control = await readControlFiles(deb);
  const text = (name: string): string | undefined => control.get(name)?.toString('utf8');
  const digests = control.has('md5sums') ? parseMd5sums(text('md5sums') ?? '') : null;
  const conffiles = parsePackageConffiles(text('conffiles') ?? '');
  const states = await statesOf(conffiles, change, view);
  const open = [...states].filter(([, state]) => needsShipped(state)).map(([path]) => path);
  const news =
    change.from === null ? [] : newsPaths(change.name).filter((path) => digests?.has(path) ?? true);
  // Without its list of files, only the whole package shows whether it has any of these.
  const hasBoot = digests === null || hasBootFiles(digests.keys());
  const files = await readFiles(deb, {
    digests: new Set(open),
    contents: new Set([...open, ...news]),
    maxContentBytes,
    ...(hasBoot ? { sizesBelow: '/boot/' } : {}),
  });
  const read = newsEntries(change, files, news);
  return {
    ...(await decideAll({ change, view, states, files, open })),
    removed: await removedConffiles(conffiles, change, view),
    links: [...states]
      .filter(([, { found }]) => found.kind === 'link')
      .map(([path]) => ({ path, package: change.name })),
    restarts: restartsOf({
      prerm: await oldScript(change, view, 'prerm'),
      postinst: postinstOf(change, text),
    }).map((restart) => ({ ...restart, package: change.name })),
    questions: openQuestions(
      {
        templates: text('templates'),
        scripts: ['config', 'preinst', 'postinst'].map((name) => text(name) ?? ''),
      },
      view.debconf,
    ).map((question) => ({ ...question, package: change.name })),
    news: read.entries,
    scripts: await scriptChanges(control, change, view),
    reboot: rebootReasons(change, { bootFiles: files.sizes.keys(), postinst: text('postinst') }),
    installedBytes: Number(/^Installed-Size: (\d{1,12})$/m.exec(text('control') ?? '')?.[1] ?? 0) * 1024,
    bootFiles: files.sizes,
    replacedFiles: await replacedFiles(digests, change, view),
    unknown: [...read.unknown, ...open.flatMap((path) => absentIn(path, files, change.name))],
  };
}

/** A package that is installed for the first time starts its services, and restarts none. */
function postinstOf({ from }: PlannedChange, text: (name: string) => string | undefined): string | undefined {
  return from === null ? undefined : text('postinst');
}

async function oldScript(change: PlannedChange, view: HostView, name: string): Promise<string | undefined> {
  if (change.from === null) return undefined;
  return (await view.controlFile(change, name))?.toString('utf8');
}

async function statesOf(
  conffiles: readonly PackageConffile[],
  { name }: PlannedChange,
  view: HostView,
): Promise<Map<string, HostConffile>> {
  const states = new Map<string, HostConffile>();
  for (const { path, removeOnUpgrade } of conffiles) {
    if (removeOnUpgrade) continue;
    const state = await view.conffile(path, name);
    if (state !== 'unchanged') states.set(path, state);
  }
  return states;
}

async function decideAll(about: {
  change: PlannedChange;
  view: HostView;
  states: ReadonlyMap<string, HostConffile>;
  files: FoundFiles;
  open: readonly string[];
}): Promise<Pick<PackageForecast, 'prompts'>> {
  const { change, view, states, files, open } = about;
  const prompts: ConffilePrompt[] = [];
  for (const path of open) {
    const state = states.get(path);
    const shipped = files.digests.get(path);
    if (state === undefined || shipped === undefined) continue;
    const decision = decideConffile({ ...state, shipped }, view.options);
    if (decision.action !== 'prompt') continue;
    prompts.push({
      ...{ path, package: change.name, reason: decision.reason, answer: answerByOptions(view.options) },
      recordedMd5: state.recorded,
      foundMd5: state.found.kind === 'file' ? state.found.md5 : null,
      shippedMd5: shipped,
      difference: await showDifference(path, state, files.contents.get(path) ?? null),
    });
  }
  return { prompts };
}

/** dpkg removes these: outright where they are unmodified, else it keeps them under another name. */
async function removedConffiles(
  conffiles: readonly PackageConffile[],
  { name, from }: PlannedChange,
  view: HostView,
): Promise<PackageForecast['removed']> {
  const removed: PackageForecast['removed'] = [];
  if (from === null) return removed;
  for (const { path, removeOnUpgrade } of conffiles) {
    if (!removeOnUpgrade) continue;
    const state = await view.conffile(path, name);
    if (state === 'unchanged' || state.recorded === null || state.found.kind !== 'file') continue;
    const isChanged = state.found.md5 !== state.recorded;
    removed.push({ path, package: name, keptAs: isChanged ? `${path}.dpkg-old` : null });
  }
  return removed;
}

function absentIn(path: string, { digests }: FoundFiles, name: string): string[] {
  if (digests.has(path)) return [];
  return [`${name} names ${path} a configuration file and has no such file: whether dpkg asks is unknown.`];
}

function newsPaths(name: string): string[] {
  return ['NEWS.Debian.gz', 'NEWS.Debian'].map((file) => `/usr/share/doc/${name}/${file}`);
}

function newsEntries(
  { name, from }: PlannedChange,
  { contents }: FoundFiles,
  paths: readonly string[],
): { entries: NewsEntry[]; unknown: string[] } {
  for (const path of paths) {
    const packed = contents.get(path);
    if (packed === undefined) continue;
    const text = packed === null ? undefined : unpackedNews(path, packed);
    if (text === undefined) return { entries: [], unknown: [`${path} of ${name} could not be read.`] };
    return { entries: newsSince(text, from ?? ''), unknown: [] };
  }
  return { entries: [], unknown: [] };
}

function unpackedNews(path: string, packed: Buffer): string | undefined {
  if (!path.endsWith('.gz')) return packed.toString('utf8');
  try {
    return gunzipSync(packed, { maxOutputLength: maxNewsBytes }).toString('utf8');
  } catch {
    // The file is damaged or far too long: the caller reports that it was not read.
    return undefined;
  }
}

const comparedScripts = ['preinst', 'postinst', 'prerm', 'postrm', 'config', 'triggers'];

async function scriptChanges(
  control: ReadonlyMap<string, Buffer>,
  change: PlannedChange,
  view: HostView,
): Promise<ScriptChange[]> {
  if (change.from === null) return [];
  const changes: ScriptChange[] = [];
  for (const script of comparedScripts) {
    const [old, now] = [await view.controlFile(change, script), control.get(script)];
    if (old === null) return [];
    const item = { package: change.name, script };
    if (old === undefined && now !== undefined) changes.push({ ...item, change: 'new' });
    else if (old !== undefined && now === undefined) changes.push({ ...item, change: 'dropped' });
    else if (old !== undefined && now?.equals(old) === false) changes.push({ ...item, change: 'changed' });
  }
  return changes;
}

function hasBootFiles(paths: Iterable<string>): boolean {
  for (const path of paths) if (path.startsWith('/boot/')) return true;
  return false;
}

/** Without its list of digests, every file of a package counts as replaced. */
async function replacedFiles(
  digests: ReadonlyMap<string, string> | null,
  change: PlannedChange,
  { mappedFiles, controlFile }: HostView,
): Promise<string[]> {
  if (mappedFiles === null || change.from === null) return [];
  const old = parseMd5sums((await controlFile(change, 'md5sums'))?.toString('utf8') ?? '');
  return [...old]
    .filter(([path, md5]) => mappedFiles.has(mergedPath(path)) && digests?.get(path) !== md5)
    .map(([path]) => mergedPath(path));
}
