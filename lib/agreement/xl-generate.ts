// SPDX-License-Identifier: Apache-2.0
/** Configurations of xl by seed and number: right ones, and ones with a single mistake. */
import { choiceOf, chosen, draws, mistakeAt } from './generate.ts';
import type { Texts } from './configuration-files.ts';
import { Random } from './random.ts';
import { iomemMistakes } from './xl-iomem-mistakes.ts';
import type { XlMistake } from './xl-mistake.ts';
import { optionMistakes } from './xl-option-mistakes.ts';
import { shmFormMistakes } from './xl-shm-form-mistakes.ts';
import { shmMistakes } from './xl-shm-mistakes.ts';
import { rightXl, textsOf } from './xl-system.ts';

/** Every way to go wrong once in xl's files. */
export const xlMistakes: readonly XlMistake[] = [
  ...shmMistakes,
  ...shmFormMistakes,
  ...iomemMistakes,
  ...optionMistakes,
];

/** Files for a dom0. */
export interface GeneratedXl {
  /** Undefined where nothing is wrong. */
  readonly mistake: XlMistake | undefined;
  readonly texts: Texts;
  /** Files that say what is to be shared; the same, unless the mistake hides it. */
  readonly meant: Texts;
}

/** The configuration of that seed and number. @throws MisuseError for mistakes that there are not. */
export function generateXl(seed: string, index: number, only: readonly string[] = []): GeneratedXl {
  const among = only.length === 0 ? xlMistakes : chosen(xlMistakes, only);
  const mistake = mistakeAt(index, among, only.length === 0);
  return drawXl(new Random(`xl/${seed}/${index}`), mistake);
}

/** A right system, or one with that mistake: systems are drawn until it has a place in one. */
export function drawXl(random: Random, mistake: XlMistake | undefined): GeneratedXl {
  for (let count = 0; count < draws; count++) {
    const right = rightXl(random);
    const before = textsOf(right);
    if (mistake === undefined) return { mistake, texts: before, meant: before };
    const wrong = mistake.apply(right, choiceOf(random));
    if (wrong === undefined) continue;
    const texts = textsOf(wrong);
    return { mistake, texts, meant: mistake.meant === 'before' ? before : texts };
  }
  throw new Error(`"${mistake?.mistake ?? ''}" has no place in ${draws} systems`);
}
