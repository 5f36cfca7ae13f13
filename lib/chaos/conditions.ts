// SPDX-License-Identifier: Apache-2.0
import { constants, closeSync, openSync } from 'node:fs';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { OwnedProcess } from '../host/processes.ts';
import { Deadline } from '../support/deadline.ts';
import type { ChaosLab } from './chaos-lab.ts';
import type { Condition } from './scenario.ts';

type Undo = () => Promise<void>;
const nothing: Undo = () => Promise.resolve();

/** Writes there succeed when they are begun, and fail for want of room when they are made. */
const full = '/dev/full';

async function fillDisk(evidence: string): Promise<Undo> {
  await mkdir(evidence, { recursive: true });
  for (const name of ['console.raw', 'console.log', 'console.capture.jsonl'])
    await symlink(full, join(evidence, name));
  return nothing;
}

async function takeDirectoryAway(lab: ChaosLab): Promise<Undo> {
  const { directory } = lab.virtual;
  const away = join(directory, 'tftp.away');
  await rename(join(directory, 'tftp'), away);
  return () => rename(away, join(directory, 'tftp'));
}

async function holdPort({ board }: ChaosLab): Promise<Undo> {
  const { main } = board.consoles;
  if (main.kind !== 'serial') return nothing;
  const port = openSync(main.path, constants.O_RDWR | constants.O_NOCTTY);
  try {
    const holder = await OwnedProcess.start('sleep', ['infinity'], { stdin: port });
    return async () => {
      await holder.stop();
    };
  } finally {
    closeSync(port);
  }
}

async function holdBoard({ board, reservation }: ChaosLab): Promise<Undo> {
  const purpose = 'somebody else’s test';
  const lease = await reservation.acquire(
    { boards: [board.name] },
    { purpose, deadline: Deadline.after(0) },
  );
  return () => lease.release();
}

/** Brings a condition about; gives how to end it. */
export async function bringAbout(
  condition: Condition | undefined,
  lab: ChaosLab,
  evidence: string,
): Promise<Undo> {
  switch (condition) {
    case undefined:
      return nothing;
    case 'disk-full':
      return fillDisk(evidence);
    case 'tftp-directory-away':
      return takeDirectoryAway(lab);
    case 'port-held':
      return holdPort(lab);
    case 'board-held':
      return holdBoard(lab);
    case 'health-unknown':
      await lab.distrust();
      return nothing;
  }
}
