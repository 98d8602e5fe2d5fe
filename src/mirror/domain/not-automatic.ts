/** Describes what hosts see of `NotAutomatic` suites (apt_preferences(5)), such as Debian's backports. */
import type { MirrorContent } from './mirror-content.ts';
import type { Target } from '../../apt/domain/target.ts';

/** Returns one or two sentences for each such mirror of the target. */
export function notAutomaticTexts(
  target: Pick<Target, 'name' | 'mirrors' | 'notAutomatic'>,
  mirrors: readonly Pick<MirrorContent, 'id' | 'suite' | 'release'>[],
): string[] {
  return mirrors
    .filter(({ id, release }) => target.mirrors.includes(id) && release.notAutomatic)
    .map(({ id, suite, release }) => {
      const mirror = `Mirror ${id}: the suite ${suite} is NotAutomatic`;
      if (target.notAutomatic.includes(id)) {
        return `${mirror}, and the target ${target.name} names it in notAutomatic: its hosts upgrade to the versions of this suite.`;
      }
      const upgrades = release.butAutomaticUpgrades
        ? 'upgrades only what was installed from it'
        : 'upgrades nothing to its versions';
      return `${mirror}: apt on hosts of the target ${target.name} installs from it on request and ${upgrades}. To make its versions candidates, name ${id} in notAutomatic of the target.`;
    });
}
