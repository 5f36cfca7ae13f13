// SPDX-License-Identifier: Apache-2.0
// Whose fault it is when a probe does not do what it is asked.
import { expect, test } from '@playwright/test';
import { ProbeClient } from '../../../lib/probe/client.ts';
import { MisuseError, SubjectError } from '../../../lib/support/errors.ts';

const answering = (reply: string): ProbeClient =>
  new ProbeClient(
    { name: 'owner', vcpus: 1 },
    'domain owner (d1)',
    {
      request: () => Promise.resolve(reply),
      post: () => Promise.resolve(),
      window: () => Promise.resolve(Buffer.alloc(0)),
    },
    () => 'console.log:7',
  );

for (const [what, reply, error, text] of [
  [
    'Xen refuses is Xen’s',
    'bad xen refused the hypercall result=0xffffffffffffffea',
    SubjectError,
    'console.log:7',
  ],
  [
    'takes too long is the subject’s',
    'bad timeout the port does not become pending done=0x0',
    SubjectError,
    'gave up',
  ],
  [
    'it does not know is the caller’s',
    'bad no such command',
    MisuseError,
    'images/probe/README.md',
  ],
] as const)
  test(`what ${what} fault`, async () => {
    const run = answering(reply).run('evtchn-send 0xa');

    await expect(run).rejects.toBeInstanceOf(error);
    await expect(run).rejects.toThrow(text);
  });
