// SPDX-License-Identifier: Apache-2.0
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { withLock } from '../host/locks.ts';
import { prepareImages } from '../images/index.ts';
import { Deadline } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';
import { interruption } from './interruption.ts';
import { startVirtualLab, type VirtualLab } from '../virtual-lab/virtual-lab.ts';

/** What the command line says of a virtual lab. */
export interface VirtualLabArguments {
  readonly boards: string;
  readonly directory?: string;
}

function boardCount(text: string): 1 | 2 {
  if (text === '1') return 1;
  if (text === '2') return 2;
  throw new MisuseError({
    who: '--boards',
    what: `is "${text}"`,
    remedy: 'a virtual lab has 1 board or 2',
  });
}

function usualDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const state = env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state');
  return join(state, 'crosspage/virtual-lab');
}

function instructions({ boards, directory, labFile, url }: VirtualLab): string {
  const [first] = boards;
  const name = first?.name ?? '';
  return [
    `virtual lab: ${boards.map((board) => board.name).join(', ')}; all are off`,
    `  lab file  ${labFile}`,
    `  tests     CROSSPAGE_LAB=${labFile} npx playwright test --project=${name}`,
    `  power     ${join(directory, 'crosspage-power')} ${name} on|off|state`,
    `  console   ${join(directory, `${name}.main`)} (115200 baud)`,
    `  faults    ${url}/boards/${name}/faults, with the token in ${join(directory, 'token')}`,
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

/** Runs a virtual lab until it is interrupted; nothing is left then. */
export async function virtualLab(options: VirtualLabArguments): Promise<void> {
  const boards = boardCount(options.boards);
  const directory = resolve(options.directory ?? usualDirectory());
  await prepareImages(['qemu', 'u-boot', 'tftpd'], { quiet: true });
  const deadline = Deadline.after(0);
  await withLock(join(directory, 'lab.lock'), { deadline }, async () => {
    const interrupted = interruption();
    const lab = await startVirtualLab({ boards, directory });
    process.stdout.write(instructions(lab));
    await interrupted;
    await lab.dispose();
  });
}
