// SPDX-License-Identifier: Apache-2.0
import type { Place } from '../support/source-text.ts';
import type { Reservation } from './model.ts';
import { nodeNameFault, propertyNameFault } from './names.ts';
import { readLiteral } from './source-expression.ts';
import type { SourceScanner } from './source-scanner.ts';
import {
  readReference,
  readValue,
  skipLabels,
  type Reference,
  type ValuePart,
} from './source-values.ts';

/** A property as it stands in source. */
export interface SourceProperty {
  readonly name: string;
  readonly place: Place;
  readonly parts: readonly ValuePart[];
  /** Where the value begins, behind the `=`, and the `;` behind it. */
  readonly extent?: readonly [Place, Place] | undefined;
}

/** A node that grows while its source is read: a later mention of it adds to it. */
export interface SourceNode {
  readonly name: string;
  readonly place: Place;
  readonly labels: Set<string>;
  readonly properties: Map<string, SourceProperty>;
  readonly children: Map<string, SourceNode>;
}

/** All that a source defines. */
export interface SourceDefinitions {
  readonly root: SourceNode;
  readonly reservations: Reservation[];
}

/** What a document shows of a tree: a node without one around it. */
const fragment = /(?:\w+:\s*)?(?:[a-zA-Z0-9,._+*#?@-]+|"[^"\n]*")\s*\{/y;

const nameOfNodeOrProperty = /[a-zA-Z0-9,._+*#?@-]+/y;

export function makeNode(name: string, place: Place): SourceNode {
  return { name, place, labels: new Set(), properties: new Map(), children: new Map() };
}

/** Where a label or a path leads to, or undefined. */
export function resolve(
  root: SourceNode,
  { kind, text }: Pick<Reference, 'kind' | 'text'>,
): { readonly node: SourceNode; readonly path: string } | undefined {
  if (kind === 'label') return findLabel(root, text, '');
  let node = root;
  for (const name of text.split('/').filter((part) => part !== '')) {
    const child =
      node.children.get(name) ??
      [...node.children.values()].find((one) => one.name.split('@')[0] === name);
    if (child === undefined) return undefined;
    node = child;
  }
  return { node, path: text };
}

function findLabel(
  node: SourceNode,
  label: string,
  path: string,
): { node: SourceNode; path: string } | undefined {
  if (node.labels.has(label)) return { node, path: path === '' ? '/' : path };
  for (const child of node.children.values()) {
    const found = findLabel(child, label, `${path}/${child.name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Reads a whole source behind `/dts-v1/;` (Devicetree specification v0.4, 6). @throws SourceError. */
export function readDefinitions(scanner: SourceScanner): SourceDefinitions {
  const root = makeNode('', scanner.place);
  const reservations: Reservation[] = [];
  let defined = false;
  if (!scanner.take('/dts-v1/')) {
    const { place } = scanner;
    if (scanner.match(fragment) === undefined) throw scanner.unexpected('"/dts-v1/;"');
    throw scanner.error('a fragment: put `/dts-v1/; / { … };` around it', place);
  }
  scanner.expect(';', '";" behind /dts-v1/');
  while (!scanner.atEnd) {
    if (scanner.take('/dts-v1/')) scanner.expect(';', '";" behind /dts-v1/');
    else if (scanner.sees('/plugin/'))
      throw scanner.error('/plugin/ makes an overlay, which Xen and xl do not take as a tree');
    else if (scanner.take('/delete-node/')) deleteReferred(scanner, root);
    else if (scanner.take('/omit-if-no-ref/')) {
      scanner.expect('&', '"&" of the node that may go');
      readReference(scanner);
      scanner.expect(';', '";"');
    } else defined = readTopLevel(scanner, root, reservations) || defined;
  }
  if (!defined) throw scanner.unexpected('the root node "/ { };"');
  return { root, reservations };
}

/** A reservation, the root, or more about a node that is there; true for the root. */
function readTopLevel(
  scanner: SourceScanner,
  root: SourceNode,
  reservations: Reservation[],
): boolean {
  const labels = skipLabels(scanner);
  if (scanner.take('/memreserve/')) {
    const [address, size] = [readLiteral(scanner), readLiteral(scanner)];
    if (address === undefined || size === undefined) throw scanner.unexpected('a number');
    scanner.expect(';', '";"');
    reservations.push({ address, size });
    return false;
  }
  if (scanner.take('&')) {
    const reference = readReference(scanner);
    const found = resolve(root, reference);
    if (found === undefined)
      throw scanner.error(`no node has the label or path ${reference.text}`, reference.place);
    for (const label of labels) found.node.labels.add(label);
    readBody(scanner, found.node);
    return false;
  }
  if (!scanner.take('/')) throw scanner.unexpected('"/", "&label" or the end of the file');
  for (const label of labels) root.labels.add(label);
  readBody(scanner, root);
  return true;
}

function deleteReferred(scanner: SourceScanner, root: SourceNode): void {
  scanner.expect('&', '"&" of the node to delete');
  const reference = readReference(scanner);
  const found = resolve(root, reference);
  if (found === undefined)
    throw scanner.error(`no node has the label or path ${reference.text}`, reference.place);
  deleteNode(root, found.node);
  scanner.expect(';', '";"');
}

function deleteNode(from: SourceNode, node: SourceNode): void {
  for (const [name, child] of from.children) {
    if (child === node) from.children.delete(name);
    else deleteNode(child, node);
  }
}

/** `{ properties nodes };` into `node`. */
function readBody(scanner: SourceScanner, node: SourceNode): void {
  scanner.expect('{', '"{"');
  const here = { properties: new Set<string>(), children: new Set<string>() };
  while (!scanner.take('}')) {
    if (scanner.take('/delete-property/')) node.properties.delete(readName(scanner));
    else if (scanner.take('/delete-node/')) node.children.delete(readName(scanner));
    else {
      readMember(scanner, node, here);
      continue;
    }
    scanner.expect(';', '";"');
  }
  scanner.expect(';', '";" behind a node');
}

/** Names that this body has defined: a second time there is an error, in another body it is not. */
interface Defined {
  readonly properties: Set<string>;
  readonly children: Set<string>;
}

function readMember(scanner: SourceScanner, node: SourceNode, here: Defined): void {
  scanner.take('/omit-if-no-ref/');
  const labels = skipLabels(scanner);
  const { place } = scanner;
  const name = readName(scanner);
  const at = { ...place, length: name.length };
  if (scanner.sees('{')) {
    const child = childOf(scanner, node, name, at, here);
    for (const label of labels) child.labels.add(label);
    readBody(scanner, child);
    return;
  }
  const fault = propertyNameFault(name);
  if (fault !== undefined) throw scanner.error(fault, at);
  if (here.properties.has(name)) throw scanner.error(`the property ${name} stands here twice`, at);
  if (here.children.size > 0)
    throw scanner.error(`the property ${name} stands behind a node: properties come first`, at);
  here.properties.add(name);
  const from = scanner.take('=') ? scanner.place : undefined;
  const parts = from === undefined ? [] : readValue(scanner);
  const extent = from && ([from, scanner.place] as const);
  if (!scanner.take(';')) throw scanner.unexpected('";" or ","');
  // A map keeps the place of the first mention, and the value of the last: as dtc does.
  node.properties.set(name, { name, place: at, parts, extent });
}

function childOf(
  scanner: SourceScanner,
  node: SourceNode,
  name: string,
  place: Place,
  here: Defined,
): SourceNode {
  const fault = nodeNameFault(name);
  if (fault !== undefined) throw scanner.error(fault, place);
  if (here.children.has(name)) throw scanner.error(`the node ${name} stands here twice`, place);
  here.children.add(name);
  const child = node.children.get(name) ?? makeNode(name, place);
  node.children.set(name, child);
  return child;
}

function readName(scanner: SourceScanner): string {
  const name = scanner.match(nameOfNodeOrProperty);
  if (name === undefined) throw scanner.unexpected('a node, a property or "}"');
  return name;
}
