/** Services that maintainer scripts restart: debhelper's own snippets, forms by hand, and what a shell then calls. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { asksForReboot, restartsOf, serviceActions } from '../../src/forecast/domain/maintainer-scripts.ts';
import { scratchDirectory } from '../support/scratch.ts';

const scripts: Record<string, { text: string; expected: string[] }> = {
  'debhelper, restart': {
    text: `if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ]; then
	if [ -d /run/systemd/system ]; then
		systemctl --system daemon-reload >/dev/null || true
		if [ -n "$2" ]; then
			_dh_action=restart
		else
			_dh_action=start
		fi
		deb-systemd-invoke $_dh_action 'a.service' 'b.timer' >/dev/null || true
	fi
fi`,
    expected: ['restart a.service', 'restart b.timer'],
  },
  'debhelper, reload': {
    text: `if [ "$1" = "configure" ]; then
	if [ -n "$2" ]; then
		deb-systemd-invoke try-restart 'a.service' >/dev/null || true
	else
		deb-systemd-invoke start 'a.service' >/dev/null || true
	fi
fi`,
    expected: ['try-restart a.service'],
  },
  'only at removal': {
    text: `if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
	deb-systemd-invoke stop 'a.service' >/dev/null || true
fi
[ "$1" = "remove" ] && deb-systemd-invoke restart b.service || true`,
    expected: [],
  },
  case: {
    text: `case "$1" in
configure)
	deb-systemd-invoke reload a.service
	;;
abort-upgrade|abort-remove)
	deb-systemd-invoke restart wrong.service
	;;
*)
	deb-systemd-invoke restart other.service
	;;
esac
deb-systemd-invoke restart after.service`,
    expected: ['reload a.service', 'restart after.service'],
  },
  'lines that go on': {
    text: `if [ -z "$2" ]; then
	deb-systemd-invoke restart first.service
else
	deb-systemd-invoke restart \\
		upgraded.service # a comment: deb-systemd-invoke restart none.service
fi`,
    expected: ['restart upgraded.service'],
  },
  elif: {
    text: `if [ "$1" = remove ]; then
	deb-systemd-invoke stop a
elif [ "$1" = configure ]; then
	deb-systemd-invoke restart a
else
	deb-systemd-invoke reload a
fi`,
    expected: ['restart a.service'],
  },
};

describe('what a shell calls is what was read', () => {
  it.each(Object.entries(scripts))('%s', async (_, { text, expected }) => {
    const told = serviceActions({ text, action: 'configure' });
    expect(told.filter(({ isCertain }) => isCertain).map(({ verb, unit }) => `${verb} ${unit}`)).toEqual(
      expected,
    );
    expect(told.every(({ isCertain }) => isCertain)).toBe(true);

    const directory = await scratchDirectory();
    await mkdir(join(directory, 'bin'));
    await writeFile(join(directory, 'log'), '');
    for (const name of ['deb-systemd-invoke', 'systemctl']) {
      await writeFile(join(directory, 'bin', name), `#!/bin/sh\necho "${name} $*" >>${directory}/log\n`);
      await chmod(join(directory, 'bin', name), 0o755);
    }
    // The tests' machine need not run systemd.
    const onSystemd = text.replaceAll('/run/systemd/system', directory);
    await run('sh', ['-ec', onSystemd, 'postinst', 'configure', '1.0'], {
      env: { PATH: `${directory}/bin:/usr/bin:/bin` },
      accept: [0, 1],
    });
    const called = (await readFile(join(directory, 'log'), 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('deb-systemd-invoke'))
      .flatMap((line) => {
        const [, verb, ...units] = line.split(' ');
        return units.map((unit) => `${verb} ${unit.includes('.') ? unit : `${unit}.service`}`);
      });
    expect(called).toEqual(expected);
  });
});

describe('what cannot be known is possible, and is not left out', () => {
  it.each([
    ['if some_test; then\n deb-systemd-invoke restart a.service\nfi', 'a.service'],
    ['for unit in a b; do deb-systemd-invoke restart "$unit"; done', '$unit'],
    ['case "$answer" in\nyes)\n service ssh restart\n ;;\nesac', 'ssh.service'],
    [
      'if [ -x /usr/sbin/x ] && dpkg --compare-versions "$2" lt 3; then\n invoke-rc.d x restart || true\nfi',
      'x.service',
    ],
  ])('%s', (text, unit) => {
    expect(serviceActions({ text, action: 'configure' })).toMatchObject([
      { verb: 'restart', unit, isCertain: false },
    ]);
  });
});

describe('an upgrade', () => {
  const stop = 'deb-systemd-invoke stop a.service';

  it('restarts what the old package stops and the new one starts', () => {
    expect(restartsOf({ prerm: stop, postinst: 'deb-systemd-invoke start a.service' })).toEqual([
      { unit: 'a.service', how: 'stop and start', isCertain: true },
    ]);
  });

  it('stops what nobody starts again, and leaves alone what is only started', () => {
    expect(restartsOf({ prerm: stop, postinst: 'deb-systemd-invoke start b.service' })).toEqual([
      { unit: 'a.service', how: 'stop', isCertain: true },
    ]);
  });

  it('names the init system once, whichever way it is told to start anew', () => {
    expect(restartsOf({ prerm: undefined, postinst: 'systemctl daemon-reexec || true' })).toMatchObject([
      { unit: 'systemd', how: 'daemon-reexec' },
    ]);
  });

  it('takes a comment for nothing', () => {
    expect(restartsOf({ prerm: undefined, postinst: '# systemctl restart a.service' })).toEqual([]);
    expect(asksForReboot('# touch /run/reboot-required')).toBe(false);
    expect(asksForReboot('[ -x /usr/share/update-notifier/notify-reboot-required ] && x')).toBe(true);
  });
});
