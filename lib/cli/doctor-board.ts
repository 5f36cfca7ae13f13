// SPDX-License-Identifier: Apache-2.0
import { Secrets } from '../host/secrets.ts';
import { resolveImages } from '../images/index.ts';
import { boardOf, loadLab, LocalReservation } from '../lab/index.ts';
import { directAccess } from '../physical/board-access.ts';
import { boardTypeByName } from '../physical/board-types.ts';
import { type Examined, examineBoard } from '../physical/examine-board.ts';
import { BoardHealth } from '../physical/health.ts';
import { Deadline } from '../support/deadline.ts';
import { MisuseError } from '../support/errors.ts';
import { examineSsh } from './examine-ssh.ts';

/** How long another may take to give the board back. */
const waitMs = 5000;

function textOf({ what, state, found, remedy }: Examined): string {
  const mark = { ok: 'ok   ', fault: 'FAULT', 'not tried': '-    ' }[state];
  const cure = remedy === undefined ? '' : `\n         to do: ${remedy}`;
  return `${mark}  ${what}: ${found.replaceAll('\n', '\n         ')}${cure}\n`;
}

/** Looks at a board of the lab, and says of each thing what it means and what to do. */
export async function doctorBoard(name: string, given: string | undefined): Promise<void> {
  const path = given ?? process.env['CROSSPAGE_LAB'];
  if (path === undefined || path === '')
    throw new MisuseError({
      who: '--board',
      what: 'needs a lab file that has the board',
      remedy: 'name it by CROSSPAGE_LAB or --lab',
    });
  const lab = loadLab(path);
  const board = boardOf(lab, name);
  const { stateDirectory } = lab;
  await using lease = await new LocalReservation(stateDirectory).acquire(
    { boards: [name] },
    { purpose: 'crosspage doctor', deadline: Deadline.after(waitMs) },
  );
  process.stdout.write(`${board.name}, a ${board.type}; reserved as ${lease.record.id}\n`);
  const type = boardTypeByName[board.type];
  if (!type.testedOnHardware && board.type !== 'zcu102-virtual')
    process.stdout.write('note   this type of board was never tried on hardware\n');
  const access = directAccess(board, { stateDirectory, secrets: new Secrets() });
  const bench = { board, type, access, tftpd: () => resolveImages().tftpd() };
  const tell = (one: Examined): void => {
    process.stdout.write(textOf(one));
  };
  const health = new BoardHealth(name, stateDirectory, '');
  let well = await examineBoard(bench, tell);
  if (well) {
    await health.mark('good', '');
    const ssh = await examineSsh(bench, health);
    tell(ssh);
    well = ssh.state !== 'fault';
  }
  process.stdout.write(
    well
      ? 'The board is well.\n'
      : 'The board is not well: do what is said above, and run this again.\n',
  );
  if (!well) process.exitCode = 3;
}
