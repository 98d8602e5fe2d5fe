/**
 * Renders the activation steps of a set of subscriptions for people, from `templates/steps.<lang>.eta`. Keys stay
 * masked.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { stepsView, type StepsHost, type StepsViewOptions } from '../domain/steps-view.ts';
import { renderSheet, type SheetFormat, type SheetLanguage } from './render-sheet.ts';
import type { SubscriptionSet } from '../domain/subscription-set.ts';

export type StepsFormat = SheetFormat;
export type StepsLanguage = SheetLanguage;

export interface RenderStepsOptions {
  format: StepsFormat;
  lang: StepsLanguage;
  /** Only this host. Default: all. */
  host?: string | undefined;
  /** Path of the medium in the commands. Default: `/mnt/usb`. */
  media?: string | undefined;
}

/** The same set and options give the same text. @throws PommgrError `usage.host` for a host that the set lacks. */
export async function renderSteps(set: SubscriptionSet, options: RenderStepsOptions): Promise<string> {
  const { created, nextVisit } = set;
  const hosts = set.hosts.map((host) => ({ host, created }));
  return renderHostSteps(hosts, { created, nextVisit, ...options });
}

/** Renders the steps for hosts that need not be in one set. */
export async function renderHostSteps(
  hosts: readonly StepsHost[],
  options: RenderStepsOptions & Omit<StepsViewOptions, 'media'>,
): Promise<string> {
  return renderSheet('steps', stepsViewOf(hosts, options), options);
}

function stepsViewOf(
  all: readonly StepsHost[],
  { host: name, media = '/mnt/usb', ...view }: RenderStepsOptions & Omit<StepsViewOptions, 'media'>,
): object {
  const hosts = name === undefined ? all : all.filter(({ host }) => host.name === name);
  if (name !== undefined && hosts.length === 0) throw noHost(name, all);
  return stepsView(hosts, { ...view, media });
}

function noHost(name: string, hosts: readonly StepsHost[]): PommgrError {
  const names = [...new Set(hosts.map(({ host }) => host.name))].toSorted(compareText);
  return new PommgrError('usage.host', `There is no host ${JSON.stringify(name)} in the subscriptions.`, {
    hints: [
      names.length === 0 ? 'They name no host at all.' : `Expected one of: ${names.join(', ')}.`,
      'The config of the online side names the hosts (site.hosts).',
    ],
    details: { found: name, expected: names },
  });
}
