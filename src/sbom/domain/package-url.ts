/**
 * Package URLs of Debian packages (purl-spec, type deb). Invariant: the namespace is the vendor that the signed Release
 * file of the package's mirror names, never a guess from the package's name or version.
 */
import { debianVersionOf } from '../../config/domain/known-releases.ts';

export interface UrlParts {
  name: string;
  version: string;
  architecture: string;
  source: { name: string; version: string };
  /** `Origin` of the signed Release file. */
  origin: string;
  /** Codename of the Debian release that the package is for; null where it is unknown. */
  codename: string | null;
}

/**
 * Returns the URL in canonical form; null where no vendor is known. `upstream` names the source package where it
 * differs from the package, as name, or as name and version.
 */
export function packageUrl(parts: UrlParts): string | null {
  const vendor = vendorOf(parts.origin);
  if (vendor === null) return null;
  const { name, version, architecture, source, codename } = parts;
  const qualifiers = [
    ['arch', architecture],
    ...(codename === null ? [] : [['distro', distroOf(codename)]]),
    ...upstreamOf(name, version, source),
  ].map(([key = '', value = '']) => `${key}=${encoded(value)}`);
  return `pkg:deb/${encoded(vendor)}/${encoded(name.toLowerCase())}@${encoded(version)}?${qualifiers.join('&')}`;
}

/** `debian` for the origins "Debian" and "Debian Backports", `proxmox` for "Proxmox"; null for an empty origin. */
export function vendorOf(origin: string): string | null {
  const [first = ''] = origin.trim().toLowerCase().split(/\s+/);
  return first === '' ? null : first;
}

/** `debian-12` for bookworm; `debian-sid` for a release whose number is unknown. */
function distroOf(codename: string): string {
  return `debian-${debianVersionOf(codename) ?? codename}`;
}

function upstreamOf(name: string, version: string, source: UrlParts['source']): [string, string][] {
  if (source.version !== version) return [['upstream', `${source.name}@${source.version}`]];
  return source.name === name ? [] : [['upstream', source.name]];
}

/** A colon needs no encoding in any part (purl-spec, character encoding). */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}
