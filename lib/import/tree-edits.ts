// SPDX-License-Identifier: Apache-2.0
import {
  addChild,
  type DeviceTree,
  find,
  node,
  placeKey,
  type PropertyValue,
  removeNode,
  removeProperty,
  setNode,
  setProperty,
} from '../dt/index.ts';
import type { PlacedTree } from './placed-tree.ts';
import type { Where } from './where.ts';

/** A tree that a boot script changes, change by change, each with the line that says so. */
export class TreeEdits {
  readonly #base: PlacedTree;
  readonly #wheres = new Map<string, Where>();
  readonly #assumed: boolean;
  #tree: DeviceTree;

  /**
   * @param assumed the tree itself is not known: it is taken to have the nodes that are named.
   */
  constructor(base: PlacedTree, assumed = false) {
    this.#base = base;
    this.#tree = base.tree;
    this.#assumed = assumed;
  }

  has(path: string): boolean {
    return find(this.#tree, path) !== undefined;
  }

  /** Adds a node; one that is there stays. @throws MisuseError where there is no node `parent`. */
  add(parent: string, name: string, where: Where): void {
    const path = parent === '/' ? `/${name}` : `${parent}/${name}`;
    if (this.has(path)) return;
    this.#assume(parent, where);
    this.#tree = setNode(this.#tree, parent, (found) => addChild(found, node(name)));
    this.#wheres.set(path, where);
  }

  /** @throws MisuseError where there is no such node, or the value cannot be one. */
  set(path: string, name: string, value: PropertyValue, where: Where): void {
    this.#assume(path, where);
    this.#tree = setNode(this.#tree, path, (found) => setProperty(found, name, value));
    this.#wheres.set(placeKey(path, name), where);
  }

  /** @throws MisuseError where there is no such node. */
  remove(path: string, name?: string): void {
    this.#tree =
      name === undefined
        ? removeNode(this.#tree, path)
        : setNode(this.#tree, path, (found) => removeProperty(found, name));
  }

  #assume(path: string, where: Where): void {
    if (!this.#assumed || this.has(path)) return;
    const cut = path.lastIndexOf('/');
    this.add(path.slice(0, cut) || '/', path.slice(cut + 1), where);
  }

  /** The tree as it is then. */
  get placed(): PlacedTree {
    return this.#base.edited(this.#tree, this.#wheres);
  }
}
