// SPDX-License-Identifier: Apache-2.0

/** Words that stand in `xl` only when it knows what they are about: Xilinx' xl has them too. */
const words: readonly (readonly [string, string])[] = [
  // A key of its configuration files.
  ['xl-static-shm', 'static_shm'],
  // What it says when the word after a range is not one that it knows.
  ['xl-iomem-cacheable', 'Invalid iomem cache parameter'],
];

/** What a toolstack can do beyond upstream's, as its `xl` tells. */
export function toolstackCapabilities(xl: Buffer): string[] {
  return words.filter(([, word]) => xl.includes(word)).map(([name]) => name);
}
