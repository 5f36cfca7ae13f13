// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { headOf } from '../host/download.ts';
import type { LockedFile } from './lock-file.ts';
import { addressesOf, type Mirrors } from './mirror.ts';
import type { Places } from './places.ts';
import { type AptScope, PrivateApt } from './private-apt.ts';

/** Makes private apts and remembers which are up to date. */
export class Resolver {
  readonly #places: Places;
  readonly mirrors: Mirrors;
  readonly #apts = new Map<string, Promise<PrivateApt>>();

  constructor(places: Places, mirrors: Mirrors) {
    this.#places = places;
    this.mirrors = mirrors;
  }

  apt(scope: Omit<AptScope, 'directory' | 'mirror'>): Promise<PrivateApt> {
    const name = [scope.type, scope.suites.join('+'), scope.architecture].join('-');
    const directory = join(this.#places.build, 'apt', name);
    const made =
      this.#apts.get(name) ??
      (async () => {
        const apt = new PrivateApt({ ...scope, directory, mirror: this.mirrors.mirror });
        await apt.update();
        return apt;
      })();
    this.#apts.set(name, made);
    return made;
  }

  /** Why the files cannot be had, or undefined when all can. */
  async missing(files: readonly LockedFile[]): Promise<string | undefined> {
    for (const file of files) {
      const answers: string[] = [];
      for (const url of addressesOf(file.pool, this.mirrors)) {
        const { ok, answer } = await headOf(url);
        if (ok) answers.length = 0;
        else answers.push(answer);
        if (ok) break;
      }
      if (answers.length > 0) return `${file.pool.split('/').at(-1) ?? ''}: ${answers.join(', ')}`;
    }
    return undefined;
  }
}
