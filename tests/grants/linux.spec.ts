// SPDX-License-Identifier: Apache-2.0
// Grant tables between Linux domains, by /dev/xen/gntalloc and /dev/xen/gntdev: the program `grant`
// of images/linux/shared-memory in both.
import { type Dom0, expect, type LinuxDomain, preferFlavour, toolstackTest } from '#crosspage';
import { dom0, linuxMemory, linuxPair } from '../toolstack/linux-pair.ts';

const filled = 'words=512';
const good = 'words=512 bad=0';

/** What grants or maps pages: dom0, or a domain that it made. */
interface Party {
  readonly domid: number;
  readonly ask: (...words: readonly (string | number)[]) => Promise<string>;
}

const asParty = (linux: LinuxDomain): Party => ({
  domid: linux.domid,
  ask: (...words) => linux.output(`grant ${words.join(' ')}`),
});

const dom0AsParty = (dom0: Dom0): Party => ({
  domid: 0,
  ask: async (...words) => (await dom0.output(['grant', ...words.map(String)])).trim(),
});

/** `id=7 ref=9 address=0x1000`, by their names. */
const fieldsOf = (text: string): Map<string, string> =>
  new Map(text.split(' ').map((word) => word.split('=') as [string, string]));

interface Held {
  readonly id: string;
  readonly ref: string;
  readonly address: bigint;
}

function heldOf(text: string): Held {
  const fields = fieldsOf(text);
  const { id, ref, address } = Object.fromEntries(fields);
  return { id: id ?? '', ref: ref ?? '', address: BigInt(address ?? 0) };
}

const offer = async (from: Party, to: Party): Promise<Held> =>
  heldOf(await from.ask('offer', to.domid));

const map = async (by: Party, from: Party, { ref }: Held): Promise<Held> =>
  heldOf(await by.ask('map', from.domid, ref));

/** One party grants a page to another: every word arrives both ways, through Normal memory. */
async function exchange(granter: Party, mapper: Party): Promise<{ ours: Held; theirs: Held }> {
  const ours = await offer(granter, mapper);
  const theirs = await map(mapper, granter, ours);
  expect(await granter.ask('fill', ours.id, 'address', 1)).toBe(filled);
  expect(await mapper.ask('check', theirs.id, 'address', 1)).toBe(good);
  expect(await mapper.ask('fill', theirs.id, 'address', 2)).toBe(filled);
  expect(await granter.ask('check', ours.id, 'address', 2)).toBe(good);
  expect(await mapper.ask('unaligned', theirs.id)).toBe('unaligned=works');
  return { ours, theirs };
}

// What these Linux domains share by static_shm is of no interest here: one saved machine serves all tests
// of Linux domains.
const needs = { requires: ['xl-static-shm'] } as const;
const test = toolstackTest(linuxPair, needs);
/** What Xen maps is looked at from outside too. */
const seen = toolstackTest(linuxPair, {
  ...needs,
  requires: [...needs.requires, 'stage2-introspection'],
});

seen(
  'dom0 and a domain exchange every word by grants of both, which Xen maps cacheable; what was taken back stays until it is given up',
  async ({ dom0, toolstack }) => {
    const domain = toolstack.linux('owner');
    const [host, guest] = [dom0AsParty(dom0), asParty(domain)];

    const given = await exchange(host, guest);
    const taken = await exchange(guest, host);

    const grant = {
      type: 'grant_map_rw',
      memory: 'normal-write-back',
      shareability: 'inner',
    } as const;
    const mapped = { ...grant, access: 'rw', execute: false } as const;
    await expect(domain.at(given.theirs.address)).toBeMappedAs(mapped);
    await expect(toolstack.dom0At(taken.theirs.address)).toBeMappedAs(mapped);
    await expect(domain.at(given.theirs.address)).toShareFramesWith(
      toolstack.dom0At(given.ours.address),
    );
    await expect(domain.at(taken.ours.address)).toShareFramesWith(
      toolstack.dom0At(taken.theirs.address),
    );

    await test.step('the granter takes it back first: the other keeps it', async () => {
      expect(await guest.ask('end', taken.ours.id)).toBe('ended=1');
      expect(await host.ask('check', taken.theirs.id, 'address', 2)).toBe(good);
      expect(await host.ask('fill', taken.theirs.id, 'address', 3)).toBe(filled);
      expect(await host.ask('check', taken.theirs.id, 'address', 3)).toBe(good);
      // As long as it is mapped, its domain does not go.
      expect(await host.ask('end', taken.theirs.id)).toBe('ended=1');
    });
    await test.step('who maps it gives it up first: then it is gone', async () => {
      expect(await guest.ask('end', given.theirs.id)).toBe('ended=1');
      expect(await host.ask('end', given.ours.id)).toBe('ended=1');
      await expect(map(guest, host, given.ours)).rejects.toThrow('grant: mmap: ');
    });
  },
);

test('SILO, the default on Arm, refuses grants between two Linux domains', async ({
  toolstack,
}) => {
  const one = asParty(toolstack.linux('owner'));
  const other = asParty(toolstack.linux('borrower'));
  const ours = await offer(one, other);

  const refused = map(other, one, ours);

  await expect(refused).rejects.toThrow('grant: mmap: ');
});

const open = toolstackTest(
  {
    xen: { ...preferFlavour('shared-memory'), bootargs: ['xsm=dummy'] },
    dom0: { ...dom0, creates: { one: { memory: linuxMemory }, other: { memory: linuxMemory } } },
  },
  { requires: ['stage2-introspection'] },
);

open(
  'without SILO two Linux domains exchange every word by a grant, and no third one',
  async ({ dom0, toolstack }) => {
    const [one, other] = [toolstack.linux('one'), toolstack.linux('other')];

    const { ours, theirs } = await exchange(asParty(one), asParty(other));

    await expect(other.at(theirs.address)).toShareFramesWith(one.at(ours.address));
    // It is granted to the other alone.
    const stolen = map(dom0AsParty(dom0), asParty(one), ours);
    await expect(stolen).rejects.toThrow('grant: mmap: ');
  },
);
