/** Reads what a plan installs, as apt describes it, and computes the host that the plan leaves. Changes nothing. */
import { fileOptions, type AptFiles } from '../../apt/adapters/apt.ts';
import { runApt, resolveInRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import { readPlainText } from '../../core/adapters/plain-file.ts';
import type { SimulatedHost } from '../../host/domain/simulated-host.ts';
import { simulatedHost } from '../domain/simulated-host.ts';

/** As many as fit a command line with room to spare. */
const namesAtOnce = 500;

export async function simulateAfter(
  aptRoot: AptRoot,
  { plan, files, simulated }: { plan: UpgradePlan; files: AptFiles; simulated: SimulatedHost | undefined },
): Promise<SimulatedHost> {
  const words = plan.incoming.map(({ name, architecture, to }) => `${name}:${architecture}=${to}`);
  let incoming = '';
  for (let start = 0; start < words.length; start += namesAtOnce) {
    const batch = words.slice(start, start + namesAtOnce);
    const command = ['show', '--no-all-versions', ...fileOptions(aptRoot, files), '--', ...batch];
    const { stdout } = await runApt(aptRoot, ['apt-cache', ...command]);
    incoming += `${stdout}\n\n`;
  }
  const file = await resolveInRoot(aptRoot, '/var/lib/dpkg/status');
  const status = simulated?.status ?? (file === undefined ? '' : await readPlainText(file));
  return simulatedHost({ status, incoming }, { plan, nativeArchitecture: aptRoot.architecture });
}
