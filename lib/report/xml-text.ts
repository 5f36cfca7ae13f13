// SPDX-License-Identifier: Apache-2.0

/**
 * What XML 1.0 forbids (section 2.2, Char): most control characters, halves of a surrogate pair,
 * U+FFFE and U+FFFF. The controls from 0x7f on are allowed, but discouraged and unreadable.
 */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]|\p{Surrogate}/gu;

/** `text` with what XML cannot hold written out: an escape character becomes `\x1b`. */
export function xmlText(text: string): string {
  return text.replaceAll(forbidden, (character) => {
    const code = character.charCodeAt(0);
    return code <= 0xff
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** `text` as a terminal may show it: nothing in it moves the cursor or sets a colour. */
export function terminalText(text: string): string {
  return xmlText(text).replaceAll(/\r(?!\n)/g, '\\r');
}

/** Text that cannot be taken for one of our `[[ATTACHMENT|path]]` or `[[PROPERTY|key=value]]`. */
export function withoutMarks(text: string): string {
  return text.replaceAll(/\[\[(?=(?:ATTACHMENT|PROPERTY)\|)/g, '[ [');
}
