// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs';
import { Console } from '../../../lib/console/console.ts';
import { Transcript } from '../../../lib/console/transcript.ts';
import { zynqmpProfile } from '../../../lib/u-boot/profile.ts';
import { UBoot } from '../../../lib/u-boot/u-boot.ts';
import { type FakeOptions, FakeUBoot } from './fake-u-boot.ts';

/** The stand-in answers before any timer, so that quiet is quiet after a moment. */
const timing = { echoQuietMs: 4, runQuietMs: 8 };

export interface Bench extends AsyncDisposable {
  readonly fake: FakeUBoot;
  readonly uBoot: UBoot;
  readonly console: Console;
}

let consoles = 0;

/** A U-Boot driver on a stand-in. */
export function wire(directory: string, options: FakeOptions = {}): Bench {
  mkdirSync(directory, { recursive: true });
  const name = `${directory}/${consoles++}`;
  const transcript = new Transcript({ raw: `${name}.raw`, lines: `${name}.log` });
  const fake = new FakeUBoot(options);
  const console = new Console('zcu102-a', fake, transcript);
  const profile = { ...zynqmpProfile, prompt: options.prompt ?? zynqmpProfile.prompt };
  const uBoot = new UBoot('zcu102-a', console, profile, timing);
  return { fake, uBoot, console, [Symbol.asyncDispose]: () => console.close() };
}
