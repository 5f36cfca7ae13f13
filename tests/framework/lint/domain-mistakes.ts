// SPDX-License-Identifier: Apache-2.0
import {
  cells,
  cells64,
  property,
  removeNode,
  removeProperty,
  setProperty,
  walk,
} from '../../../lib/dt/index.ts';
import { inDomain, inOne, isChannel, type Mistake, stringOfFirst } from './mistakes-in-trees.ts';

const withoutKernel: Mistake['apply'] = (tree, { pick }) => {
  const paths = [...walk(tree)]
    .map(({ path }) => path)
    .filter((path) => /^\/chosen\/[^/]+\/module@40400000$/.test(path));
  const path = paths[pick % paths.length];
  return path === undefined ? undefined : removeNode(tree, path);
};

const withSramInMemory: Mistake['apply'] = (tree) => {
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
      (node) => setProperty(node, 'reg', cells64(0x4000_0000, 0x4000_0000)),
    )(tree, { pick: 0, number: 0 })
  );
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
    mistake: 'direct-map without static memory',
    rule: 'direct-map',
    besides: ['shm-direct-map'],
    apply: inDomain((node) => setProperty(node, 'direct-map', true)),
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
        cells64(0x6000_0000 + (number % 64) * 0x10_0000, 0x100_0000),
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
    mistake: 'an event channel of the documentation',
    rule: 'evtchn-compatible',
    besides: ['evtchn-pair'],
    apply: inOne(isChannel, (node) => setProperty(node, 'compatible', 'xen,evtchn')),
  },
  {
    mistake: 'an event channel that leads nowhere',
    rule: 'evtchn-pair',
    apply: inOne(isChannel, (node) => setProperty(node, 'xen,evtchn', cells(7, 0x7fff_0000))),
  },
  {
    mistake: 'SRAM left in the memory',
    rule: 'host-overlap',
    besides: ['reg-ram'],
    apply: withSramInMemory,
  },
];
