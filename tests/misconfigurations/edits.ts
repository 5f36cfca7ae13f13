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
