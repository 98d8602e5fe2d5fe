/** The report's page: complete in itself, in both languages, and texts of others in it are nothing but text. */
import { describe, expect, it } from 'vitest';
import { pageWords } from '../../src/report/domain/page-words.ts';
import { renderReportPage } from '../../src/report/workflows/render-page.ts';
import { hostileText, sampleReport, sampleSource } from '../support/report.ts';

const hostile = sampleSource(1, {
  source: hostileText,
  urgency: 'high',
  cves: ['CVE-2026-1111'],
  changelog: [{ version: hostileText, urgency: hostileText, text: `${hostileText}\n\tnext line` }],
});
const missing = sampleSource(2, { changelog: [], missing: { why: 'damaged', detail: hostileText } });
const report = sampleReport([hostile, missing, sampleSource(3)]);
const pages = { en: await renderReportPage(report, 'en'), ja: await renderReportPage(report, 'ja') };

/** Elements that have no end tag, in HTML and as SVG writes them here. */
const voidElements = new Set(['meta', 'br']);

/** Returns the names of the elements in order; throws where one is not closed, or closed in the wrong place. */
function elementsOf(page: string): { names: string[]; attributes: [string, string][] } {
  const names: string[] = [];
  const attributes: [string, string][] = [];
  const open: string[] = [];
  const body = page.replace(/<style>[^<]*<\/style>/, '').replace('<!DOCTYPE html>\n', '');
  for (const [, end, name = '', rest = '', closed] of body.matchAll(
    /<(\/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*?)(\/?)>/g,
  )) {
    if (end === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes another element`);
      continue;
    }
    names.push(name);
    for (const [, attribute = '', value = ''] of rest.matchAll(/ ([a-zA-Z-]+)="([^"]*)"/g))
      attributes.push([attribute, value]);
    if (closed !== '/' && !voidElements.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`);
  if (/[<>]/.test(body.replaceAll(/<\/?[a-zA-Z][^<>]*>/g, ''))) throw new Error('a bare < or >');
  return { names, attributes };
}

describe.each(['en', 'ja'] as const)('the page in %s', (lang) => {
  const page = pages[lang];
  const { names, attributes } = elementsOf(page);

  it('is well-formed, and has no script and nothing that a browser would fetch', () => {
    expect(names).toContain('svg');
    const fetched = [
      'script',
      'link',
      'img',
      'image',
      'iframe',
      'object',
      'embed',
      'video',
      'audio',
      'form',
      'base',
      'use',
    ];
    expect(names.filter((name) => fetched.includes(name))).toEqual([]);
    // A link may lead out where a reader follows it; its address is its text.
    const shown = [...page.matchAll(/<a href="(https:[^"]*)" rel="noreferrer">([^<]*)<\/a>/g)].flatMap(
      ([, address = '', text]) => (address === text ? [address] : []),
    );
    expect(shown).toEqual(['https://security-tracker.debian.org/tracker/CVE-2026-1111']);
    const outside = attributes.filter(([name, value]) =>
      ['src', 'srcset', 'href', 'action', 'poster', 'data'].includes(name)
        ? !value.startsWith('#') && !shown.includes(value)
        : name.startsWith('on'),
    );
    expect(outside).toEqual([]);
    expect(page).toContain(`default-src &#39;none&#39;`.replaceAll('&#39;', "'"));
    const [style = ''] = /<style>[^<]*<\/style>/.exec(page) ?? [];
    expect(style).toContain('prefers-color-scheme: dark');
    expect(style).not.toMatch(/@import|url\((?!#)/);
  });

  it('shows texts of others as text, without control characters', () => {
    expect(page).not.toContain('<script');
    expect(page).toContain(
      '&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#39;x&#39; &#96;y&#96; \\x1b[31mred\\x07 \\u202eback',
    );
    const codes = new Set(Array.from(page, (character) => character.codePointAt(0) ?? 0));
    expect(
      [...codes].filter((code) => (code < 32 && code !== 10) || code === 127 || code === 0x202e),
    ).toEqual([]);
  });

  it('has a target for every link, and each id once', () => {
    const ids = attributes.filter(([name]) => name === 'id').map(([, value]) => value);
    expect(new Set(ids).size).toBe(ids.length);
    const links = attributes
      .filter(([name]) => name === 'href')
      .map(([, value]) => value)
      .filter((value) => value.startsWith('#'))
      .map((value) => value.slice(1));
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !ids.includes(link))).toEqual([]);
    const used = [...page.matchAll(/url\(#([\w-]+)\)/g)].map(([, id = '']) => id);
    expect(used.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('tells the risks of each host in words', () => {
    const words = pageWords[lang];
    for (const text of [
      words.stop,
      words.go,
      words.notForecast,
      '/etc/ssh/sshd_config (openssh-server)',
      'gone 1.0',
      'held 1 → 2',
    ])
      expect(page).toContain(text);
    expect(page).toContain('prod-12 has no target for pmg on bookworm.');
    expect(page).toContain('123 MB');
  });

  it('shows the rollouts of clusters, and what their record lacks', () => {
    const words = pageWords[lang];
    const [, section = ''] = /<section id="rollouts">([\s\S]*?)<\/section>/.exec(page) ?? [];
    for (const text of [
      words.rollouts,
      words.stepUpgrade,
      `1: ${words.entryMissing}`,
      '2026-11-28T11:00:00Z',
    ])
      expect(section).toContain(text);
  });

  it('tells which known issues are mended and which stay open, and how old the data is', () => {
    const words = pageWords[lang];
    const text = page.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    // Issue, package, urgency, mended on, open on.
    expect(text).toMatch(/CVE-2026-2222 &#60;script.*? openssl ▲ high pbs pve1 3\.5\.4-1/);
    expect(text).toContain(`${words.notInstalled}: 1 CVE-2026-4444 (nginx)`);
    expect(text).toContain(`${words.ageDays} 400`);
    expect(text).toContain(`${words.changelogsOnly}: Proxmox`);
    expect(text).toContain('local-tool');
  });

  it('is the book of the site', () => {
    const words = pageWords[lang];
    expect(page).toContain(`3 ${words.driftBehind}, 1 ${words.driftAhead}, 0 ${words.driftForeign}`);
    expect(page).toContain('pve2c-…1234 2026-12-24 care');
    expect(page).toContain('0123456789abcdef');
  });

  it('says where a changelog is missing', () => {
    expect(page).toContain(`${pageWords[lang].noChangelog}: ${pageWords[lang].missingDamaged} (&#60;script`);
  });
});

it('is in Japanese throughout: no word of its own is left in English', () => {
  const same = Object.entries(pageWords.ja).filter(
    ([key, word]) => word === pageWords.en[key as keyof typeof pageWords.en],
  );
  expect(same.map(([key]) => key).toSorted()).toEqual([]);
  for (const word of Object.values(pageWords.ja)) expect(word.trim()).not.toBe('');
  expect(Object.keys(pageWords.ja).toSorted()).toEqual(Object.keys(pageWords.en).toSorted());
});

it('is the same for the same report', async () => {
  expect(await renderReportPage(report, 'en')).toBe(pages.en);
});
