// SPDX-License-Identifier: Apache-2.0
import { expect, test } from '@playwright/test';
import { echoThroughput, serialPaces } from '../../../lib/bench/serial.ts';
import { openLine } from '../../../lib/serial/open-line.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { OwnedProcess } from '../../../lib/host/processes.ts';

/** The far end of a pseudo-terminal that gives every byte back. */
const echo = `
import os, sys, time, tty
master, slave = os.openpty()
tty.setraw(slave)
sys.stderr.write(os.ttyname(slave) + '\\n')
os.close(slave)
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        time.sleep(0.005)
        continue
    while data:
        data = data[os.write(master, data):]
`;

for (const { name, pacing } of serialPaces)
  test(`a serial port loses no byte, ${name}`, async () => {
    await using far = await OwnedProcess.start('python3', ['-u', '-c', echo]);
    await expect.poll(() => far.stderr).toContain('\n');
    const path = far.stderr.trim();
    const spec = { kind: 'serial', path, baud: 921600, pacing } as const;
    await using line = await openLine('board', spec, Deadline.after(20_000));
    const figures = await echoThroughput(name, line, pacing === undefined ? 262_144 : 8192, 25_000);
    expect(figures).toMatchObject({ received: figures.sent, wrong: 0 });
  });
