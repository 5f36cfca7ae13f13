// SPDX-License-Identifier: Apache-2.0
import type { BoardIdentity } from '../lab/lab.ts';
import type { Deadline } from '../support/deadline.ts';
import { EnvironmentError } from '../support/errors.ts';
import type { UBoot } from '../u-boot/u-boot.ts';

/** Three words of the device DNA (UG1087, EFUSE.DNA_0 to DNA_2). */
const dnaCommand = 'md.l 0xffcc100c 3';

/** What U-Boot says of the board that it runs on. */
export interface FoundIdentity {
  readonly serial?: string | undefined;
  readonly mac?: string | undefined;
  readonly dna?: string | undefined;
  readonly model?: string | undefined;
}

/** `Model: ZynqMP ZCU102 Rev1.0` among the lines that U-Boot prints before its prompt. */
export function findModel(lines: readonly { readonly text: string }[]): string | undefined {
  for (const { text } of lines) {
    const found = /^Model: +(.*\S)/.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

async function variable(
  uboot: UBoot,
  name: string,
  deadline: Deadline,
): Promise<string | undefined> {
  const { output, status } = await uboot.read(`printenv ${name}`, deadline);
  const line = output.find((text) => text.startsWith(`${name}=`));
  return status === 0 ? line?.slice(name.length + 1).trim() : undefined;
}

async function readDna(uboot: UBoot, deadline: Deadline): Promise<string | undefined> {
  const { output } = await uboot.read(dnaCommand, deadline);
  const words = output.flatMap(
    (line) => /: ((?:[0-9a-f]{8} ?){3})/.exec(line)?.[1]?.split(' ') ?? [],
  );
  const whole = words.filter((word) => word !== '');
  return whole.length === 3 ? whole.reverse().join('') : undefined;
}

const same = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();

/**
 * Proves that this is the board of the lab file, before anything is loaded into it.
 * @throws EnvironmentError when it is another; nothing of it is then to be believed.
 */
export async function checkIdentity(
  who: string,
  expected: BoardIdentity,
  uboot: UBoot,
  model: string | undefined,
  deadline: Deadline,
): Promise<FoundIdentity> {
  const found: FoundIdentity = {
    model,
    ...(expected.serial !== undefined && {
      serial:
        (await variable(uboot, 'serial#', deadline)) ??
        (await variable(uboot, 'board_serial', deadline)),
    }),
    ...(expected.mac !== undefined && { mac: await variable(uboot, 'ethaddr', deadline) }),
    ...(expected.dna !== undefined && { dna: await readDna(uboot, deadline) }),
  };
  const wrong = (['serial', 'mac', 'dna', 'model'] as const).flatMap((key) => {
    const wanted = expected[key];
    if (wanted === undefined || same(wanted, found[key])) return [];
    return [`its ${key} is ${found[key] ?? 'not to be had'}, the lab file says ${wanted}`];
  });
  if (wrong.length === 0) return found;
  // The model is said once, in a line that may have come otherwise: that is tried again.
  const sure = (['serial', 'mac', 'dna'] as const).some(
    (key) => expected[key] !== undefined && !same(expected[key], found[key]),
  );
  throw new (sure ? WrongBoardError : EnvironmentError)({
    who,
    what: `this is another board: ${wrong.join('; ')}`,
    remedy: 'look whether cables were swapped; correct `identity` in the lab file if it is right',
  });
}

/** The board at the end of the line is not the one of the lab file: another try changes nothing. */
export class WrongBoardError extends EnvironmentError {}
