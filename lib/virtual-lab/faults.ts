// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { MisuseError } from '../support/errors.ts';

const rate = z.number().min(0).max(1).exactOptional();

const noise = z.strictObject({
  drop: rate,
  double: rate,
  flip: rate,
  delayMs: z.number().min(0).max(60_000).exactOptional(),
  seed: z.int().exactOptional(),
});

const event = z.strictObject({
  /** What the board has to print, on one console, in one piece. */
  at: z.string().min(1),
  /** `hang`: it stands still, and its power is on. `cut`: its power fails. */
  do: z.enum(['hang', 'reset', 'cut', 'insert', 'unplug']),
  /** What is inserted, right after `at`. */
  text: z.string().exactOptional(),
  /** So many times, then never again. Default: 1. */
  times: z.int().positive().exactOptional(),
});

const faults = z.strictObject({
  /** On what the board prints. */
  toHost: noise.exactOptional(),
  /** On what the board is sent. */
  toBoard: noise.exactOptional(),
  /** `gone`: the devices of the consoles are not there. */
  console: z.enum(['gone']).exactOptional(),
  /** What is sent is lost until U-Boot has counted down to its boot command. */
  missesAutoboot: z.boolean().exactOptional(),
  /**
   * `stuck`: nothing happens, and the state tells it. `lies`: nothing happens, and the state is
   * what was asked for. `refuses`: an error is the answer; with a number, so many times.
   */
  power: z
    .union([z.enum(['stuck', 'lies', 'refuses']), z.strictObject({ refuses: z.int().positive() })])
    .exactOptional(),
  tftp: z
    .union([
      z.literal('stalls'),
      /** After so many packets of data. */
      z.strictObject({ stallsAfter: z.int().nonnegative() }),
      /** Whatever is asked for, this file of the directory comes. */
      z.strictObject({ serves: z.string().min(1) }),
    ])
    .exactOptional(),
  /** From the next power-on it says that it is this board. */
  answersAs: z
    .strictObject({ mac: z.string().exactOptional(), model: z.string().exactOptional() })
    .exactOptional(),
  /** `half-open`: connections stay, and nothing comes through any more. */
  ssh: z.enum(['half-open', 'refused']).exactOptional(),
  events: z.array(event).exactOptional(),
});

/** All that is wrong with a board of the virtual lab at one time. */
export type BoardFaults = z.infer<typeof faults>;
/** What happens when the board prints a text. */
export type ConsoleEvent = z.infer<typeof event>;

/**
 * Faults from outside input.
 * @throws MisuseError with the path of each key that is wrong or unknown.
 */
export function parseFaults(input: unknown): BoardFaults {
  const parsed = faults.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new MisuseError({
    who: 'faults of the virtual lab',
    what: parsed.error.issues
      .map(({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`)
      .join('; '),
    remedy: 'correct what was sent; lib/virtual-lab/faults.ts says what there is',
  });
}
