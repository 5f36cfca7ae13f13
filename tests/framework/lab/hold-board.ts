// SPDX-License-Identifier: Apache-2.0
/** A process of its own that holds a board: node hold-board.ts <state directory> <board> [wait ms] */
import { LocalReservation } from '../../../lib/lab/index.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { messageOf } from '../../../lib/support/errors.ts';

const [directory = '', board = '', waitMs = '0'] = process.argv.slice(2);
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
try {
  const lease = await new LocalReservation(directory).acquire(
    { boards: [board] },
    {
      purpose: 'a test of the reservation',
      deadline: Deadline.after(Number(waitMs)),
      onWait: (_board, holder) => {
        say(`waits for ${holder}`);
      },
    },
  );
  say('held');
  lease.onLost((error) => {
    say(`lost: ${error.message.replaceAll('\n', ' ')}`);
  });
  process.stdin.on('data', () => {
    void lease.release().then(() => {
      say('released');
      process.exit(0);
    });
  });
} catch (error) {
  say(`refused: ${messageOf(error).replaceAll('\n', ' ')}`);
}
