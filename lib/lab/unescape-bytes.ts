// SPDX-License-Identifier: Apache-2.0

const named: Readonly<Record<string, string>> = {
  r: '\r',
  n: '\n',
  t: '\t',
  e: '\x1b',
  '0': '\0',
  '\\': '\\',
};

/** One escape, resolved; undefined for one that is not known. */
function byteOf(escape: string): string | undefined {
  if (escape.length === 3) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return named[escape];
}

/** Latin-1 text with its escapes resolved; undefined when it is no text of bytes. */
export function unescapeBytes(text: string): string | undefined {
  const parts: string[] = [];
  for (const [part, escape] of text.matchAll(/\\(x[0-9A-Fa-f]{2}|.|$)|[^\\]/gs)) {
    const byte = escape === undefined ? part : byteOf(escape);
    if (byte === undefined || byte.charCodeAt(0) > 0xff) return undefined;
    parts.push(byte);
  }
  return parts.join('');
}
