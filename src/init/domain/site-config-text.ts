/** The part of a commented pommgr.yaml that shows the settings for offline hosts and their subscription keys. */
import { proxmoxKeyFile, type SubscriptionSettings } from '../../config/domain/site.ts';

/** An example for `site`, and the defaults of `subscription`, all commented out. */
export function siteReference({ include, warnDays }: SubscriptionSettings): string[] {
  return [
    '# The offline hosts whose subscription keys are activated offline, for instance:',
    '#   site:',
    '#     visitEveryDays: 90    # pack warns of keys that run out before the next visit',
    '#     hosts:',
    '#       - name: pve1',
    '#         product: pve                  # pve, pbs or pmg',
    '#         serverIds: [0123456789ABCDEF0123456789ABCDEF]',
    '#         lock: ./locks/pve1.lock.json  # of "pommgr host lock": server IDs, and whom to encrypt to',
    '#         keyFile: ./keys/pve1          # the key, in a file with mode 600; never in this one',
    '#         owner: own                    # own, reseller or voucher',
    '#         contract: "12345"',
    '#         renewal: 2027-01-31',
    '',
    '#subscription:',
    '#  # What pack takes along: none, site (of the hosts above), all (that POM has).',
    `#  include: ${include}`,
    '#  # Days left below which "pommgr subscription status" says no.',
    `#  warnDays: ${warnDays}`,
    "#  # signingKey names Proxmox's public key, which signed infos are checked with; without it",
    `#  # ${proxmoxKeyFile}.`,
  ];
}
