// SPDX-License-Identifier: Apache-2.0
import { type Document, isMap, isNode, isScalar, type Node, visit } from 'yaml';

/** Names under which people write secrets. */
const secretName =
  /token|secret|passw|passphrase|community|credential|authorization|cookie|api-?_?key|private-?_?key|^key$|^pin$|^pass$|^auth$/i;

/** Whether a key's value is to be a reference, and is never shown otherwise. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Whether an argument of a command hands over a secret: `--password=...`, `--token`. */
export function isSecretOption(argument: string): boolean {
  const option = /^--?([A-Za-z][\w-]*)/.exec(argument)?.[1];
  return option !== undefined && /passw|passphrase|token|secret|api-?key|community/i.test(option);
}

/** A name of a variable as references have it; anything else there may be the secret itself. */
export const variableName = /^[A-Z_][A-Z0-9_]*$/;

/** Whether `node` is `{ env: NAME }` or `{ file: PATH }`: nothing in it is secret. */
function isReference(node: unknown): boolean {
  if (!isMap(node) || node.items.length !== 1) return false;
  const [pair] = node.items;
  const value = isScalar(pair?.value) ? pair.value.value : undefined;
  if (!isScalar(pair?.key) || typeof value !== 'string') return false;
  return pair.key.value === 'file' || (pair.key.value === 'env' && variableName.test(value));
}

/** What may be a secret in a text that is not even YAML. */
const written = new RegExp(
  String.raw`((?:^|[\s{,"'?-])["']?[\w-]*(?:token|secret|passw|passphrase|community|credential|authorization|cookie|key)[\w-]*["']?\s*[:=]\s*)([^\n]+)`,
  'gi',
);
/** `https://user:password@host`, `?token=...`. */
const inAddress = /(\/\/)([^/\s@]+)(@)/g;
const inQuery = /([?&][^=&\s]*=)([^&\s"']+)()/g;

const blot = (text: string): string => text.replaceAll(/[^\s]/g, '*');

/** The text of a lab file, character for character, with all that may be secret as `*`. */
export function hideSecrets(text: string, document: Document): string {
  let shown = text;
  const hide = (node: Node): void => {
    const [start, end] = node.range ?? [0, 0];
    shown = shown.slice(0, start) + blot(shown.slice(start, end)) + shown.slice(end);
  };
  visit(document, {
    Pair: (_key, pair) => {
      const name = isScalar(pair.key) ? String(pair.key.value) : '';
      if (isSecretName(name) && isNode(pair.value) && !isReference(pair.value)) hide(pair.value);
      if (name === 'env' && isNode(pair.value) && !variableName.test(scalarText(pair.value)))
        hide(pair.value);
    },
    Seq: (_key, list) => {
      for (const [index, item] of list.items.entries()) {
        const before = list.items[index - 1];
        const handed = isNode(before) && isSecretOption(scalarText(before));
        const itself = isNode(item) && isSecretOption(scalarText(item));
        if (isNode(item) && (handed || (itself && scalarText(item).includes('=')))) hide(item);
      }
    },
  });
  if (document.errors.length > 0)
    shown = shown.replaceAll(
      written,
      (_all, before: string, value: string) => before + blot(value),
    );
  for (const place of [inAddress, inQuery])
    shown = shown.replaceAll(
      place,
      (_all, before: string, value: string, after: string) => before + blot(value) + after,
    );
  return shown;
}

function scalarText(node: Node): string {
  return isScalar(node) ? String(node.value) : '';
}
