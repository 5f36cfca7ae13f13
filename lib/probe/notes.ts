// SPDX-License-Identifier: Apache-2.0

/** What a probe noted on its console, in order. */
export class Notes {
  readonly #texts: string[] = [];

  /** How many records there are: a point to look from. */
  get count(): number {
    return this.#texts.length;
  }

  /** Takes the payload of a `note` record. */
  take(payload: string): void {
    this.#texts.push(payload);
  }

  /** Whether `text` came since the first `from` records: a long one comes in several. */
  heard(text: string, from: number): boolean {
    const squeeze = (words: string): string => words.replaceAll(' ', '');
    return squeeze(this.#texts.slice(from).join('')).includes(squeeze(text));
  }
}
