// SPDX-License-Identifier: Apache-2.0
import type { CommandResult, LoadOrder } from './u-boot.ts';

/** How often the CRC is asked for before another file counts as loaded. */
const readings = 3;

type Failed = (what: string) => Error;

/** net/net.c prints the size when a file has come, and keeps it in `filesize`. */
export async function checkSize(
  { name, size }: LoadOrder,
  output: readonly string[],
  askAgain: () => Promise<CommandResult>,
  failed: Failed,
): Promise<void> {
  const printed = output
    .map((line) => /Bytes transferred = (\d+) \(([0-9a-f]+) hex\)/.exec(line))
    .find((match) => match !== null);
  if (Number(printed?.[1]) === size && printed?.[2] === size.toString(16)) return;
  const kept = (await askAgain()).output.map((line) => /^filesize=([0-9a-f]+)$/.exec(line)?.[1]);
  const found = kept.find((digits) => digits !== undefined);
  if (found !== undefined && parseInt(found, 16) === size) return;
  const had = found === undefined ? 'a size that it does not tell' : `${parseInt(found, 16)} bytes`;
  throw failed(`loaded ${name} with ${had} where the file has ${size}`);
}

/** common/hash.c: `crc32 for 00200000 ... 003e87ff ==> 1234abcd`. */
export async function checkCrc(
  { name, crc32 }: LoadOrder,
  ask: () => Promise<CommandResult>,
  failed: Failed,
): Promise<void> {
  const wanted = crc32.toString(16).padStart(8, '0');
  let last = 'nothing';
  for (let reading = 0; reading < readings; reading++) {
    const { output } = await ask();
    for (const line of output) last = /==> ([0-9a-f]{8})$/.exec(line)?.[1] ?? last;
    if (last === wanted) return;
  }
  throw failed(`loaded ${name} with CRC ${last} where the file has ${wanted}`);
}
