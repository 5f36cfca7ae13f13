// SPDX-License-Identifier: Apache-2.0
import { dt, type Tampering } from '#crosspage';

type Change = (node: dt.DtNode) => dt.DtNode;

/** Changes one node of the host device tree; unit addresses may be left out. */
export const inNode = (path: string, ...changes: Change[]): Tampering => ({
  edit: (tree) =>
    dt.setNode(tree, path, (node) => changes.reduce((changed, change) => change(changed), node)),
});

/**
 * Gives a domain a kernel module at an address of its own; all domains name one module else, and
 * Xen finds it once it has seen it in any of them. Nothing is there to be booted.
 */
export const ownKernel = (domain: string): Tampering => ({
  files: { 'second-kernel': new Uint8Array(0x1000) },
  edit: (tree, places) => {
    const { address = 0n, size = 0 } = places.get('second-kernel') ?? {};
    return dt.setNode(tree, `/chosen/${domain}/module`, (node) =>
      dt.setProperty(node, 'reg', dt.cells64(address, size)),
    );
  },
});

/**
 * Adds dom0: its kernel is the file of that name. No domain of the
 * specification is dom0, so that nobody waits for it.
 */
export const withDom0 = (kernel: string, ...children: readonly dt.DtNode[]): Tampering => ({
  edit: (tree, places) => {
    const { address = 0n, size = 0 } = places.get(kernel) ?? {};
    const module = dt.node(`module@${address.toString(16)}`, {
      compatible: dt.strings('multiboot,kernel', 'multiboot,module'),
      reg: dt.cells64(address, size),
    });
    return dt.setNode(tree, '/chosen', (chosen) =>
      [module, ...children].reduce((added, child) => dt.addChild(added, child), chosen),
    );
  },
});

const isMemory = (node: dt.DtNode): boolean => dt.stringOf(node, 'device_type') === 'memory';

const memoryAt = (place: 'first' | 'last'): Tampering => ({
  edit: (tree) => {
    const { root } = tree;
    const memory = root.children.filter(isMemory);
    const others = root.children.filter((child) => !isMemory(child));
    const children = place === 'first' ? [...memory, ...others] : [...others, ...memory];
    return { ...tree, root: { ...root, children } };
  },
});

/**
 * The host's memory before /chosen, as QEMU's machine virt has it. Xen 4.17 reads the nodes in their
 * order and stops at a wrong one: what comes after it, it does not know.
 */
export const memoryFirst = memoryAt('first');

/** The host's memory after /chosen, as the trees of most boards have it. */
export const memoryLast = memoryAt('last');

/** Several of these, one after the other. */
export const all = (...tamperings: readonly Tampering[]): Tampering => ({
  files: Object.assign({}, ...tamperings.map(({ files }) => files)) as Record<string, Uint8Array>,
  edit: (tree, places) =>
    tamperings.reduce((edited, { edit }) => edit?.(edited, places) ?? edited, tree),
});

/** Without a property. */
export const without =
  (name: string): Change =>
  (node) =>
    dt.removeProperty(node, name);

/** With a property set to a value, in place of what it had. */
export const having =
  (name: string, value: dt.PropertyValue): Change =>
  (node) =>
    dt.setProperty(node, name, value);

/** Without a child. */
export const childless =
  (name: string): Change =>
  (node) =>
    dt.removeNode(node, name);
