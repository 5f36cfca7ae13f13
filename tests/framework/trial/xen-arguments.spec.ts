// SPDX-License-Identifier: Apache-2.0
// What of the user's command line Xen is told, and what is said of the rest.
import { expect, test } from '@playwright/test';
import { find, property, stringOf } from '../../../lib/dt/index.ts';
import { layTree } from '../../../lib/trial/lay-tree.ts';
import { leftOutOfXen, userArguments } from '../../../lib/trial/xen-arguments.ts';
import { hostTree, pairSource } from './trees.ts';

/** A dom0 with these properties in /chosen, and a bootargs of its kernel's own. */
function withDom0(chosen: string, ofKernel = ''): string {
  const kernel = `module@1 {
    compatible = "multiboot,kernel", "multiboot,module";
    reg = <0 1 0 1>;
    ${ofKernel}
  };`;
  return pairSource({}, {}, kernel).replace(/xen,xen-bootargs = .*;/, chosen);
}

test('arguments of the board’s console are left out, and the output says so', () => {
  const host = hostTree(pairSource());

  expect(userArguments(host)).toEqual(['vwfi=native']);
  expect(leftOutOfXen(host)).toMatchObject([
    {
      where: { file: 'host.dts', place: { line: 6 } },
      text: 'console=dtuart dtuart=serial0 is left out: Xen has the console of the board here',
    },
  ]);
});

for (const [title, chosen, ofKernel, wanted] of [
  ['of bootargs, where dom0’s kernel has its own', 'bootargs = "a b";', 'bootargs = "x";', 'a b'],
  ['of bootargs, beside xen,dom0-bootargs', 'bootargs = "a"; xen,dom0-bootargs = "x";', '', 'a'],
  ['none, where bootargs are dom0’s', 'bootargs = "a b";', '', ''],
  ['of xen,xen-bootargs, where they are', 'xen,xen-bootargs = "a"; bootargs = "x";', '', 'a'],
] as const)
  test(`Xen has the arguments that it takes: ${title}`, () => {
    expect(userArguments(hostTree(withDom0(chosen, ofKernel))).join(' ')).toBe(wanted);
  });

test('a dom0 of the user’s own keeps its arguments, which a probe has none of', () => {
  const { tree } = hostTree(withDom0('xen,xen-bootargs = "a"; bootargs = "root=/dev/sda";')).source;
  const board = hostTree('/dts-v1/; / { chosen { bootargs = "earlycon"; }; };').source.tree;
  const bootargsOf = (kernels: 'own' | 'probe'): string | undefined => {
    const laid = layTree(tree, board, 0n, 'probe', new Map(), kernels);
    const chosen = find(laid.root, '/chosen');
    return chosen && stringOf(chosen, 'bootargs');
  };

  expect(bootargsOf('own')).toBe('root=/dev/sda');
  expect(bootargsOf('probe')).toBe('earlycon');
});

test('arguments for the user’s dom0 are kept from what runs in its place', () => {
  const said = 'xen,xen-bootargs = "a"; xen,dom0-bootargs = "root=/dev/sda";';
  const { tree } = hostTree(withDom0(said)).source;
  const board = hostTree('/dts-v1/; / { chosen { }; };').source.tree;
  const given = (dom0: 'probe' | 'linux', kernels: 'own' | 'probe'): string | undefined => {
    const chosen = find(layTree(tree, board, 0n, dom0, new Map(), kernels).root, '/chosen');
    return chosen && stringOf(chosen, 'xen,dom0-bootargs');
  };

  // Xen prefers them to the arguments of the kernel's module.
  expect(given('probe', 'probe')).toBeUndefined();
  expect(given('linux', 'probe')).toBeUndefined();
  expect(given('linux', 'own')).toBeUndefined();
  expect(given('probe', 'own')).toBe('root=/dev/sda');
});

test('a policy of Xen’s security module is left out, and the output says so', () => {
  const policy = `module@2 {
    compatible = "xen,xsm-policy", "multiboot,module";
    reg = <0 2 0 1>;
  };`;
  const host = hostTree(pairSource({}, {}, policy));
  const board = hostTree('/dts-v1/; / { chosen { }; };').source.tree;
  const names = (['probe', 'own'] as const).map((kernels) => {
    const laid = layTree(host.source.tree, board, 0n, 'probe', new Map(), kernels);
    return find(laid.root, '/chosen')?.children.map(({ name }) => name);
  });

  expect(names).toEqual([
    ['radar', 'fusion'],
    ['radar', 'fusion'],
  ]);
  expect(leftOutOfXen(host)[1]).toMatchObject({
    where: { place: { line: 7 } },
    text: expect.stringMatching(/^the XSM policy is left out: /),
  });
});

test('pools of processors are left out, with what domains say of them, and the output says so', () => {
  const pool = 'cp: cpupool { compatible = "xen,cpupool"; cpupool-cpus = <0x70>; };';
  const properties = 'domain-cpupool = <&cp>;';
  const host = hostTree(pairSource({ properties }, {}, pool));
  const board = hostTree('/dts-v1/; / { chosen { }; };').source.tree;
  const laid = find(layTree(host.source.tree, board, 0n).root, '/chosen');
  const [radar] = laid?.children ?? [];

  expect(laid?.children.map(({ name }) => name)).toEqual(['radar', 'fusion']);
  expect(radar && property(radar, 'domain-cpupool')).toBeUndefined();
  expect(leftOutOfXen(host)[1]).toMatchObject({
    where: { place: { line: 7 } },
    text: expect.stringMatching(/^this pool of processors is left out: /),
  });
});
