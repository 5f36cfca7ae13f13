// SPDX-License-Identifier: Apache-2.0
import {
  cells,
  cells64,
  cellsOf,
  property,
  regOf,
  removeNode,
  removeProperty,
  setProperty,
  walk,
} from '../dt/index.ts';
import {
  inDomain,
  inEach,
  inOne,
  isChannel,
  isDomain,
  type Mistake,
  stringOfFirst,
  type TreeEdit,
} from './mistake.ts';

const withoutKernel: TreeEdit = (tree, { pick }) => {
  const paths = [...walk(tree)]
    .filter(({ node }) => stringOfFirst(node) === 'multiboot,kernel')
    .map(({ path }) => path);
  const path = paths[pick % paths.length];
  return path === undefined ? undefined : removeNode(tree, path);
};

/** One domain's kernel whose place is told, and no size. */
const withEmptyKernel = inOne(
  (node) => stringOfFirst(node) === 'multiboot,kernel',
  (node) => setProperty(node, 'reg', cells64(regOf(node, 2, 2)[0]?.address ?? 0n, 0)),
);

const withSramInMemory: TreeEdit = (tree) => {
  const [bank] = [...walk(tree)].filter(
    ({ node }) =>
      property(node, 'compatible') !== undefined &&
      property(node, 'export') === undefined &&
      stringOfFirst(node) === 'mmio-sram',
  );
  return (
    bank &&
    inOne(
      (node) => stringOfFirst(node, 'device_type') === 'memory',
      (node) => {
        const banks = regOf(node, 2, 2);
        const [start = 0n] = banks.map(({ address }) => address);
        const ends = banks.map(({ address, size }) => address + size);
        return setProperty(node, 'reg', cells64(start, (ends.at(-1) ?? start) - start));
      },
    )(tree, { pick: 0, number: 0 })
  );
};

/** Two channels, one behind the other in two domains. */
const twoChannels: Mistake['respec'] = (spec) => {
  const [first, second] = Object.keys(spec.domains);
  return first === undefined || second === undefined
    ? undefined
    : {
        ...spec,
        eventChannels: { bell: { [first]: 12, [second]: 7 }, gong: { [first]: 13, [second]: 8 } },
      };
};

/** Mistakes in what is around it. */
export const domainMistakes: readonly Mistake[] = [
  {
    mistake: 'no cpus',
    rule: 'domain-cpus',
    apply: inDomain((node) => removeProperty(node, 'cpus')),
  },
  {
    mistake: 'no memory',
    rule: 'domain-memory',
    apply: inDomain((node) => removeProperty(node, 'memory')),
  },
  {
    mistake: 'memory in one cell',
    rule: 'domain-memory',
    apply: inDomain((node) => setProperty(node, 'memory', 0x8000)),
  },
  {
    mistake: 'too little memory',
    rule: 'domain-memory',
    apply: inDomain((node, { number }) => setProperty(node, 'memory', cells(0, number % 4096))),
  },
  {
    mistake: 'no kernel',
    rule: 'domain-kernel',
    apply: withoutKernel,
  },
  {
    mistake: 'a kernel of size 0',
    rule: 'module-empty',
    apply: withEmptyKernel,
  },
  {
    mistake: 'direct-map without static memory',
    rule: 'direct-map',
    apply: inOne(
      (node) => isDomain(node) && property(node, 'xen,static-mem') === undefined,
      (node) => setProperty(node, 'direct-map', true),
    ),
  },
  {
    mistake: 'enhanced without dom0',
    rule: 'enhanced',
    apply: inDomain((node) => setProperty(node, 'xen,enhanced', 'enabled')),
  },
  {
    mistake: 'static memory of another sum',
    rule: 'domain-memory',
    besides: ['host-overlap', 'host-not-ram'],
    apply: inDomain((node, { number }) =>
      setProperty(
        node,
        'xen,static-mem',
        cells64(0x6000_0000 + (number % 64) * 0x10_0000, 0xc0_0000),
      ),
    ),
  },
  {
    mistake: 'colours without colouring',
    rule: 'colour-off',
    apply: inDomain((node) => setProperty(node, 'llc-colors', '0-3')),
  },
  {
    mistake: 'a property that is misspelt',
    rule: 'option-unknown',
    apply: inDomain((node) => setProperty(node, 'dierct-map', true)),
  },
  {
    mistake: 'one end of an event channel as the documentation has it once',
    rule: 'evtchn-compatible',
    apply: inOne(isChannel, (node) => setProperty(node, 'compatible', 'xen,evtchn')),
  },
  {
    mistake: 'both ends of an event channel so',
    rule: 'evtchn-compatible',
    apply: inEach(isChannel, (node) => setProperty(node, 'compatible', 'xen,evtchn')),
  },
  {
    mistake: 'an event channel that leads nowhere',
    rule: 'evtchn-pair',
    apply: inOne(isChannel, (node) => setProperty(node, 'xen,evtchn', cells(7, 0x7fff_0000))),
  },
  {
    mistake: 'a port that two channels have',
    rule: 'evtchn-pair',
    respec: twoChannels,
    apply: inOne(
      (node) => isChannel(node) && cellsOf(node, 'xen,evtchn')?.[0] === 13,
      (node) => setProperty(node, 'xen,evtchn', cells(12, cellsOf(node, 'xen,evtchn')?.[1] ?? 0)),
    ),
  },
  {
    mistake: 'SRAM left in the memory',
    rule: 'host-overlap',
    apply: withSramInMemory,
  },
];
