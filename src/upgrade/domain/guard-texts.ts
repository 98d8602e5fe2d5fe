/** Renders the guard of a begun stage: a setting of apt, and the script that it runs. Pure. */
import { quoteForShell } from '../../subscription/domain/steps-document.ts';

/** `script` is its path as apt sees it. apt passes its plan in the second form of apt.conf(5), one package a line. */
export function renderGuardSetting(script: string): string {
  const path = quoteForShell(script);
  // apt looks for the form under the first word of the command.
  return [
    '// Written by pommgr while a stage of a major upgrade is begun. It is removed when the stage is done.',
    `DPkg::Pre-Install-Pkgs:: "test ! -e ${path} || sh ${path}";`,
    'DPkg::Tools::Options::test::Version "2";',
    '',
  ].join('\n');
}

/**
 * Ends with 1 where the plan on stdin removes one of `packages` or the kernel that runs. A line is
 * `NAME OLD-VERSION DIRECTION NEW-VERSION ACTION`, and the action of a removal is `**REMOVE**`.
 */
export function renderGuardScript(packages: readonly string[]): string {
  return [
    '#!/bin/sh',
    '# Written by pommgr: apt must not remove these packages at a stage of a major upgrade.',
    'set -f',
    'kernel=$(uname -r)',
    'refused=',
    'while read -r name old direction new action; do',
    '  [ "$action" = \'**REMOVE**\' ] || continue',
    '  case "$name" in',
    `    ${packages.join(' | ')} | *-"$kernel" | *-"$kernel"-signed) refused="$refused $name" ;;`,
    '  esac',
    'done',
    '[ -z "$refused" ] && exit 0',
    'echo "pommgr: apt must not remove$refused; nothing was changed." >&2',
    'exit 1',
    '',
  ].join('\n');
}
