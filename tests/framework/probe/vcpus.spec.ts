// SPDX-License-Identifier: Apache-2.0
// A command for a vCPU that is not there is refused before anything of the guest is touched.
import { expect, test } from '@playwright/test';
import { ProbeClient } from '../../../lib/probe/client.ts';
import { MachineMailbox } from '../../../lib/probe/machine-mailbox.ts';
import { MailboxLink } from '../../../lib/probe/mailbox-link.ts';
import { Deadline } from '../../../lib/support/deadline.ts';
import { MisuseError } from '../../../lib/support/errors.ts';
import { Fate } from '../../../lib/support/fate.ts';

/** A client of a domain with two vCPUs, and the commands that reach its probe. */
function twoCpus(): { client: ProbeClient; sent: string[] } {
  const sent: string[] = [];
  const link = {
    request: (vcpu: number, text: string): Promise<string> => {
      sent.push(`${vcpu} ${text}`);
      return Promise.resolve('ok');
    },
    post: (): Promise<void> => Promise.resolve(),
    window: (): Promise<Buffer> => Promise.resolve(Buffer.alloc(0)),
  };
  const domain = { name: 'owner', vcpus: 2 };
  return { client: new ProbeClient(domain, 'domain owner (d1)', link, () => 'console:1'), sent };
}

test('a vCPU that the domain has not is refused at once, and says how many there are', async () => {
  const { client, sent } = twoCpus();

  for (const vcpu of [2, 7, 12, -1, 0.5]) {
    await expect(client.run('ping', { vcpu })).rejects.toThrow(MisuseError);
    await expect(client.start(vcpu)).rejects.toThrow(
      `domain owner (d1): has no vCPU ${vcpu}: they are 0 to 1`,
    );
  }
  expect(sent).toEqual([]);
});

test('a vCPU that was not started is refused at once, and says how to start it', async () => {
  const { client, sent } = twoCpus();

  await expect(client.run('ping', { vcpu: 1 })).rejects.toThrow(
    /vCPU 1 was not started, and cannot do "ping"\n {2}to do: start it first: await owner\.start\(1\)/,
  );
  expect(sent).toEqual([]);

  await client.start(1);
  await client.run('ping', { vcpu: 1 });
  expect(sent).toEqual(['0 cpu-on 0x1', '1 ping']);
});

test('a mailbox is not written behind its slots', async () => {
  const writes: bigint[] = [];
  const memory = {
    ranges: [],
    read: (_address: bigint, length: number): Buffer => Buffer.alloc(length),
    write: (address: bigint): void => {
      writes.push(address);
    },
  };
  const link = new MailboxLink(
    'domain owner (d1)',
    new MachineMailbox(memory, 0x4000_0000n, new Fate()),
  );

  await expect(link.request(12, 'ping', Deadline.after(50))).rejects.toThrow(
    'vCPU 12 has no slot in the mailbox: only 0 to 3 have',
  );
  expect(writes).toEqual([]);
});
