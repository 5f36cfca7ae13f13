// SPDX-License-Identifier: Apache-2.0
/** What of what the user tells Xen it is told on another board. */
import { type DtNode, find } from '../dt/index.ts';
import type { HostTree } from '../import/host-tree.ts';
import { isCompatible } from './is-compatible.ts';
import type { Replacement } from './rewrite-xl.ts';

/** Arguments that are the board's to choose. */
const consoleArgument = /^(?:console|dtuart|com1|com2|conswitch|sync_console)(?:=|$)/;

/** dom0_mem and its like: where dom0 is our Linux, they are its own. */
const dom0Argument = /^dom0_(?:mem|max_vcpus|vcpus_pin)(?:=|$)/;

const wordsOf = (host: HostTree | undefined): string[] =>
  (host?.xenArguments?.value ?? '').split(/\s+/).filter((word) => word !== '');

/** What the user tells Xen, without what is the board's; `linux`: without what is our dom0's, too. */
export const userArguments = (host: HostTree | undefined, linux = false): string[] =>
  wordsOf(host).filter(
    (word) => !consoleArgument.test(word) && !(linux && dom0Argument.test(word)),
  );

/** What says that a module is a policy of Xen's security module. */
const policyModule = 'xen,xsm-policy';

/** What says that a node is a pool of processors that Xen makes at boot. */
const cpuPool = 'xen,cpupool';

/** Why nodes of /chosen are left out, by their compatible strings. */
const leftOut: Readonly<Record<string, string>> = {
  // A file that no domain boots: it is not loaded, and what it forbids is not known.
  [policyModule]:
    'the XSM policy is left out: Xen has its own here, which may allow what that forbids',
  // It names processors of the user's tree by their phandles.
  [cpuPool]: 'this pool of processors is left out: the machine has others, in one pool for all',
};

/** Whether a node of /chosen has no place on another board. */
export const isLeftOut = (node: DtNode): boolean => isCompatible(node, ...Object.keys(leftOut));

function leftOutNodes({ source }: HostTree): Replacement[] {
  return (find(source.tree, '/chosen')?.children ?? []).flatMap((child) =>
    Object.entries(leftOut)
      .filter(([word]) => isCompatible(child, word))
      .map(([, text]) => ({ where: source.at(`/chosen/${child.name}`), text })),
  );
}

/** What of it is left out; `linux` says what our dom0 is, where there is one. */
export function leftOutOfXen(host: HostTree | undefined, linux?: string): Replacement[] {
  return host === undefined ? [] : [...leftOutArguments(host, linux), ...leftOutNodes(host)];
}

function leftOutArguments(host: HostTree, linux: string | undefined): Replacement[] {
  const { xenArguments } = host;
  if (xenArguments === undefined) return [];
  const told = (is: RegExp, why: string): Replacement[] => {
    const words = wordsOf(host).filter((word) => is.test(word));
    if (words.length === 0) return [];
    return [{ where: xenArguments.where, text: `${words.join(' ')} is left out: ${why}` }];
  };
  return [
    ...told(consoleArgument, 'Xen has the console of the board here'),
    ...(linux === undefined ? [] : told(dom0Argument, linux)),
  ];
}
