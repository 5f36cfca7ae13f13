// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DeviceTree, readBlob } from '../dt/index.ts';
import { makeDirectory } from '../host/evidence-files.ts';
import { describeEnd, OwnedProcess } from '../host/processes.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError, messageOf } from '../support/errors.ts';
import type { PlannedMachine } from '../xen/plan.ts';
import { dumpArguments } from './argv.ts';

/** A QEMU that can be run. */
export interface QemuProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly version: string;
  readonly dataDir?: string | undefined;
}

async function dump(
  qemu: QemuProgram,
  machine: PlannedMachine,
  file: string,
  deadline: Deadline,
): Promise<void> {
  const partial = `${file}.${randomBytes(4).toString('hex')}.partial`;
  await using process = await OwnedProcess.start(
    qemu.path,
    dumpArguments(machine, partial, qemu.dataDir),
    { env: qemu.env },
  );
  const late = new EnvironmentError({
    who: qemu.path,
    what: `did not write the device tree of its machine within ${deadline.budgetMs} ms`,
  });
  const end = await deadline
    .bound(process.ended, () => late)
    .catch(async (error: unknown) => {
      await process.stop();
      await rm(partial, { force: true });
      throw error;
    });
  if (end.code !== 0) {
    await rm(partial, { force: true });
    throw new EnvironmentError({
      who: qemu.path,
      what: `could not make the machine: ${describeEnd(end)}`,
      lastSeen: process.stderr.trim(),
      remedy: 'Crosspage needs QEMU 9 or later with the machine virt: run `npx crosspage doctor`',
    });
  }
  await rename(partial, file);
}

const inMemory = new Map<string, Promise<DeviceTree>>();

/**
 * The device tree that QEMU makes for a machine, kept in `cache` by what decides it: the program
 * and the machine's arguments.
 * @throws EnvironmentError when QEMU does not make it.
 */
export async function baseTree(
  qemu: QemuProgram,
  machine: PlannedMachine,
  cache: string,
  deadline: Deadline,
): Promise<DeviceTree> {
  const { mtimeMs, size } = await stat(qemu.path).catch((error: unknown) => {
    throw new EnvironmentError(
      {
        who: qemu.path,
        what: `could not be started: ${messageOf(error)}`,
        remedy: 'run `npx crosspage images build`, or correct CROSSPAGE_QEMU',
      },
      { cause: error },
    );
  });
  const identity = [qemu.path, qemu.version, mtimeMs, size, dumpArguments(machine, '', undefined)];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
  const load = async (): Promise<DeviceTree> => {
    const file = join(cache, `qemu-virt-${key}.dtb`);
    await makeDirectory(cache);
    const kept = await readFile(file).catch(() => undefined);
    if (kept === undefined) await dump(qemu, machine, file, deadline);
    return readBlob(kept ?? (await readFile(file)));
  };
  const known = inMemory.get(key) ?? load();
  inMemory.set(key, known);
  known.catch(() => inMemory.delete(key));
  return known;
}
