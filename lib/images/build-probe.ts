// SPDX-License-Identifier: Apache-2.0
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../host/tools.ts';
import { crossPrefix } from './machine.ts';
import type { Made, Workshop } from './store.ts';

/** What to build. */
export interface ProbeOrder {
  readonly name: string;
  /** Directory with the Makefile. */
  readonly sources: string;
  /** Text of protocol.gen.h. */
  readonly header: string;
  /** A macro that seeds a fault. */
  readonly define?: string | undefined;
}

/**
 * Builds a guest probe.
 * @throws EnvironmentError with the compiler's last words.
 */
export async function buildProbe(
  { directory, progress }: Workshop,
  order: ProbeOrder,
): Promise<Made> {
  const { define } = order;
  progress.begin(`compile probe ${order.name}${define === undefined ? '' : ` with ${define}`}`);
  const generated = join(directory, 'generated');
  await mkdir(generated);
  await writeFile(join(generated, 'protocol.gen.h'), order.header);
  const settings = [`OUT=${directory}`, `GENERATED=${generated}`, `CROSS_COMPILE=${crossPrefix}`];
  if (define !== undefined) settings.push(`DEFINES=-D${define}`);
  await runTool('make', ['-C', order.sources, ...settings], {
    env: { LC_ALL: 'C' },
    log: join(directory, 'build.log'),
  });
  progress.end();
  return { version: '1', sourceVersion: '1', main: 'probe.bin', extra: { elf: 'probe.elf' } };
}
