// SPDX-License-Identifier: Apache-2.0
import type { Domain } from '../probe/domain.ts';
import { type Abort, describeClass } from '../probe/replies.ts';
import { hex } from '../support/units.ts';
import { detail } from './hold-message.ts';

/** How an address is tried. */
export interface Access {
  /** Default `load`. */
  readonly by?: 'load' | 'store';
}

/** What became of an access, for people: verdict first. */
export function accessMessage(
  domain: Domain,
  call: string,
  verdict: string,
  address: bigint,
  abort: Abort | undefined,
): string {
  return [
    `expect(${domain.name})${call}: ${verdict}`,
    detail([
      ['domain', domain.client.who],
      ['address', `guest address ${hex(address)}`],
      [
        'abort',
        abort === undefined
          ? 'none'
          : `${describeClass(abort.ec)}, ESR ${hex(abort.esr, 8)}, FAR ${hex(abort.far)}`,
      ],
      ['console', domain.client.where()],
    ]),
  ].join('\n');
}
