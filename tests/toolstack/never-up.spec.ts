// SPDX-License-Identifier: Apache-2.0
// A domain that does not come up: xl does not take it, it says nothing, it ends at once. Each is
// told apart, with what dom0 knows of it.
import { expect, MiB, SubjectError, toolstackTest, type XlDomain } from '#crosspage';

const test = toolstackTest({ xen: { flavour: 'debian' } }, { isolation: 'file' });

const memory = MiB(32);

/** An arm64 Image (Documentation/arch/arm64/booting.rst): its header, then instructions. */
function imageOf(...instructions: readonly number[]): Buffer {
  const image = Buffer.alloc(0x1000);
  image.writeUInt32LE(0x14000010, 0); // b . + 0x40
  image.writeUInt32LE(image.length, 0x10);
  image.write('ARM\x64', 0x38, 'latin1');
  for (const [index, word] of instructions.entries()) image.writeUInt32LE(word, 0x40 + 4 * index);
  return image;
}

/** wfi; b . - 4 */
const silent = imageOf(0xd503207f, 0x17ffffff);
/** movz w0, #8; movk w0, #0x8400, lsl #16; hvc #0: PSCI SYSTEM_OFF */
const off = imageOf(0x52800100, 0x72b08000, 0xd4000002, 0x14000000);

const budgetMs = 3000;

async function failureOf(creation: Promise<XlDomain>): Promise<SubjectError> {
  const failure = await creation.then(
    () => new Error('it came up'),
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(SubjectError);
  return failure as SubjectError;
}

test('a kernel that is none is refused by xl, in its words', async ({ dom0, toolstack }) => {
  await dom0.upload('/run/text', 'no kernel\n');

  const failure = await failureOf(
    toolstack.create({ name: 'text', memory }, { kernel: '/run/text', budgetMs }),
  );

  expect(failure.message).toMatch(
    /^\S+ dom0: `xl create` of text ended with exit code 3\n {2}last seen: Parsing config/,
  );
  expect(failure.message).toContain('xc_dom_find_loader: no loader found');
  expect(failure.story.where).toBe('/var/log/xen/xl-text.log in dom0');
});

test('a kernel that says nothing: the domain lives, its console is empty', async ({
  dom0,
  toolstack,
}) => {
  await dom0.upload('/run/silent', silent);

  const failure = await failureOf(
    toolstack.create({ name: 'silent', memory }, { kernel: '/run/silent', budgetMs }),
  );

  expect(failure.message).toMatch(
    /^\S+ domain silent \(d\d+\): was created, and its probe did not show itself within 3000 ms\n/,
  );
  const { lastSeen, where } = failure.story;
  expect(lastSeen).toMatch(/^xl list: silent +\d+ +32 +1 +[-rb]{6} /);
  expect(lastSeen).toContain('/var/log/xen/console/guest-silent.log:\nnothing\n');
  expect(lastSeen).toMatch(/\/var\/log\/xen\/xl-silent\.log:\nWaiting for domain silent /);
  expect(lastSeen).toMatch(/\nxl dmesg:\n\(XEN\) /);
  expect(where).toMatch(/console\.log:\d+; dom0\.log has all of dom0’s logs$/);
});

test('a kernel that powers off at once: the domain is gone, and xl says when', async ({
  dom0,
  toolstack,
}) => {
  await dom0.upload('/run/off', off);

  const failure = await failureOf(
    toolstack.create({ name: 'off', memory }, { kernel: '/run/off', budgetMs }),
  );

  expect(failure.message).toMatch(/^\S+ domain off \(d\d+\): was created, and its probe did/);
  expect(failure.story.lastSeen).toMatch(/^xl list: Error: Domain '\d+' does not exist\.\n/);
  expect(failure.story.lastSeen).toContain('has shut down, reason code 0');
});
