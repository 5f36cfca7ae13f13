// SPDX-License-Identifier: Apache-2.0
import {
  addressPattern,
  expect,
  type MapSpec,
  PAGE,
  type SharedMemorySpec,
  type System,
  type SystemSpec,
} from '#crosspage';

/** Where the shared page is in host memory, and where the domains see it. */
export const hostAddress = 0x6000_0000n;
export const guestAddress = 0x5000_0000n;

/** How often something that is to come is looked for. */
export const often = { intervals: [20], timeout: 5000 };

/** Two domains that share one page; each row changes one thing of it. */
export function pair(
  change: {
    readonly region?: Partial<SharedMemorySpec>;
    readonly owner?: MapSpec;
    readonly borrower?: MapSpec;
  } = {},
): SystemSpec {
  return {
    sharedMemory: { area: { size: PAGE, hostAddress, ...change.region } },
    domains: {
      owner: {
        probe: 'memory',
        maps: { area: { role: 'owner', guestAddress, ...change.owner } },
      },
      borrower: {
        probe: 'memory',
        maps: { area: { role: 'borrower', guestAddress, ...change.borrower } },
      },
    },
  };
}

/**
 * Xen 4.17 stops to look for modules and command lines where a node is wrong: the borrower runs
 * without the boot arguments that its node has.
 */
export async function borrowerHasNoArguments(system: System): Promise<void> {
  const { transcript } = system.machine.console;
  await expect
    .poll(
      () => transcript.lines.some(({ text }) => /DOM2: .* ready name=unnamed/.test(text)),
      often,
    )
    .toBe(true);
}

/** A 64-bit word of host memory, seen from outside. */
export function physicalWord(system: System, address: bigint): bigint | undefined {
  return system.machine.memory?.read(address, 8).readBigUInt64LE();
}

/** The two domains of {@link pair} read what the other wrote. */
export async function theyShare(system: System): Promise<void> {
  const [left, right] = [...system.domains.values()];
  if (left === undefined || right === undefined) throw new Error('there are no two domains');
  await left.page('area').write(addressPattern(1));
  await expect(right.page('area')).toHold(addressPattern(1));
  await right.page('area').write(addressPattern(2));
  await expect(left.page('area')).toHold(addressPattern(2));
}
