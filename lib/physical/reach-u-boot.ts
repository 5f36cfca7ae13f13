// SPDX-License-Identifier: Apache-2.0
import { EnvironmentError } from '../support/errors.ts';
import type { Deadline } from '../support/deadline.ts';
import { UBoot } from '../u-boot/u-boot.ts';
import type { BoardConsoles } from './board-consoles.ts';
import type { BootStages } from './boot-stages.ts';
import { checkIdentity, findModel } from './identity.ts';
import type { Bench } from './board-access.ts';
import type { PowerWatch } from './power-watch.ts';

/** Without power nothing more comes from the board once nothing has come for so long. */
const quietMs = 100;
/** How long what was said before may take to be delivered. */
const drainMs = 2000;

/**
 * From any state of the board to the prompt of its U-Boot, with who it is proved.
 * @throws EnvironmentError when it does not come that far, or is another board.
 */
export async function reachUBoot(
  { board, type, access }: Bench,
  consoles: Pick<BoardConsoles, 'main' | 'beginEpoch'>,
  powerWatch: PowerWatch,
  stages: BootStages,
  deadline: Deadline,
): Promise<UBoot> {
  const { main: console } = consoles;
  const profile = { ...type.uboot, ...board.uboot };
  const uboot = new UBoot(board.name, console, profile);
  const banner = new RegExp(profile.banner);
  await stages.run('power', deadline, async (within) => {
    await access.power.off(within);
    // Where power was on already, what it said until now is another boot's, and so is what a serial
    // server has kept of it. A line that hums without power is not waited for.
    await console.isQuiet(quietMs, within.within(drainMs));
    consoles.beginEpoch();
    await access.power.on(within);
    powerWatch.begin();
  });
  await stages.run('firmware', deadline, (within) =>
    console.waitFor(({ text }) => (banner.test(text) ? true : undefined), {
      deadline: within,
      late: () =>
        new EnvironmentError({
          who: board.name,
          what: `U-Boot did not say who it is within ${Math.round(within.budgetMs)} ms of power-on`,
          lastSeen: console.transcript.tail(6),
          where: console.transcript.files.lines,
          remedy: 'look at power, boot switches and SD card; is consoles.main the right line?',
        }),
    }),
  );
  await stages.run('u-boot', deadline, async (within) => {
    await uboot.interruptAutoboot(within);
    const model = findModel(console.lines);
    await checkIdentity(board.name, board.identity ?? {}, uboot, model, within);
  });
  return uboot;
}
