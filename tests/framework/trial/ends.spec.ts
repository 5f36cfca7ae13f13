// SPDX-License-Identifier: Apache-2.0
// What a probe is asked for what is shared, by how large that is.
import { expect, test } from '@playwright/test';
import { ProbeClient } from '../../../lib/probe/client.ts';
import { Page } from '../../../lib/probe/page.ts';
import { addressPattern } from '../../../lib/probe/patterns.ts';
import type { Stage2Source } from '../../../lib/probe/stage2-source.ts';
import { guestAddressOf, hex, KiB, MiB } from '../../../lib/support/units.ts';
import { type End, probeEnd } from '../../../lib/trial/ends.ts';

/** A domain of which two pages are wrong, in the middle of 64 MiB, and what it is asked. */
function domainWith(asked: string[], size: number): End {
  const request = (_vcpu: number, command: string): Promise<string> => {
    asked.push(command);
    const [verb, , , , , , base = '0x0'] = command.split(' ');
    if (verb === 'fill') return Promise.resolve('ok');
    const [bad, at] = base === '0x2000000' ? ['0x2', ' at=0x2001000:0x7'] : ['0x0', ''];
    const counts = `bad=${bad} lines=${bad} pages=${bad} whole=0x0 first=0x0 last=0x0`;
    return Promise.resolve(`ok words=0x1000 ${counts}${at}`);
  };
  const link = {
    request,
    post: () => Promise.resolve(),
    window: () => Promise.resolve(Buffer.alloc(0)),
  };
  const client = new ProbeClient({ name: 'radar', vcpus: 1 }, 'radar', link, () => '');
  const stage2 = {} as unknown as Stage2Source;
  const guestAddress = guestAddressOf(0x6000_0000n);
  const memory = 'normal-write-back';
  const facts = { name: 'all', regionSize: size, memory, offset: 0, role: undefined } as const;
  const page = new Page(
    { ...facts, domain: 'radar', hostAddress: undefined, guestAddress, size },
    { client, writes: new Map(), stage2 },
  );
  return probeEnd({ name: 'radar', at: () => page }, { guestAddress, size, memory });
}

test('a large region is written and read in pieces, each of them in good time', async () => {
  const asked: string[] = [];
  const end = domainWith(asked, MiB(64));

  await end.write(addressPattern(1));
  const said = await end.misread(addressPattern(1), 'fusion');

  const places = [0, 1, 2, 3].map((piece) => piece * MiB(16));
  expect(asked.slice(0, 4)).toEqual(
    places.map(
      (at) =>
        `fill ${hex(0x6000_0000 + at)} 0x1000000 normal-write-back address 0x1 ${hex(at)} 0x1000`,
    ),
  );
  expect(asked.map((command) => command.split(' ', 1)[0])).toEqual([
    ...['fill', 'fill', 'fill', 'fill', 'check', 'check', 'check', 'check'],
  ]);
  expect(said).toBe(
    '2 of 16384 words are not what fusion wrote, the first at offset 0x2001000: 0x7',
  );
});

test('a small region is written at once, each word of it', async () => {
  const asked: string[] = [];

  await domainWith(asked, KiB(8)).write(addressPattern(1));

  expect(asked).toEqual(['fill 0x60000000 0x2000 normal-write-back address 0x1']);
});
