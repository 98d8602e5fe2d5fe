/** Shows what hosts wish for and asks on the terminal; without a terminal nothing is accepted. */
import { askYesNo } from '../../core/ui/terminal-question.ts';

export async function askForWishes(
  wishes: readonly { package: string; who: string; why: string; host: { name: string } }[],
): Promise<boolean> {
  const lines = wishes.map(
    ({ package: name, who, why, host }) =>
      `  ${name}, for ${host.name === '' ? 'a host' : host.name}: ${why === '' ? 'no reason given' : why} (${who})`,
  );
  const question = `Hosts wish for these packages:\n${lines.join('\n')}\nMake them installable?`;
  return (await askYesNo(question)) ?? false;
}
