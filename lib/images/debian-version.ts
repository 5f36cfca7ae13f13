// SPDX-License-Identifier: Apache-2.0

/** `1:4.20.3+127-g1-1` -> epoch, upstream version, Debian's revision. */
function partsOf(version: string): readonly [epoch: number, upstream: string, revision: string] {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? [];
  const hyphen = rest.lastIndexOf('-');
  return hyphen < 0
    ? [Number(epoch), rest, '']
    : [Number(epoch), rest.slice(0, hyphen), rest.slice(hyphen + 1)];
}

/** A tilde stands before the end, the end before a letter, a letter before all else. */
function orderOf(character: string | undefined): number {
  if (character === '~') return -1;
  if (character === undefined) return 0;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

function comparePart(a: string, b: string): number {
  // What is no digit, and the digits behind it, in turns.
  const [first, second] = [a, b].map((part) => [...part.matchAll(/(\D*)(\d*)/g)]);
  for (let turn = 0; turn < Math.max(first?.length ?? 0, second?.length ?? 0); turn++) {
    const [, letters = '', digits = ''] = first?.[turn] ?? [];
    const [, otherLetters = '', otherDigits = ''] = second?.[turn] ?? [];
    for (let at = 0; at < Math.max(letters.length, otherLetters.length); at++) {
      const difference = orderOf(letters[at]) - orderOf(otherLetters[at]);
      if (difference !== 0) return difference;
    }
    const difference = BigInt(digits || '0') - BigInt(otherDigits || '0');
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}

/**
 * Which of two versions of a Debian package is older: negative for the first.
 * @see deb-version(7), "Sorting algorithm".
 */
export function compareDebianVersions(a: string, b: string): number {
  const [first, second] = [partsOf(a), partsOf(b)];
  return (
    first[0] - second[0] || comparePart(first[1], second[1]) || comparePart(first[2], second[2])
  );
}
