// SPDX-License-Identifier: Apache-2.0
import type { EventChannel } from '../probe/event-channel.ts';
import { tried } from './tried.ts';
import type { TrialFault } from './verdict.ts';

/** Notifies at one end of an event channel, and waits until the other is pending. */
export function trySignal(
  assertion: string,
  from: EventChannel,
  to: EventChannel,
): Promise<TrialFault[]> {
  return tried(assertion, async () => {
    await from.clear();
    await to.clear();
    await from.notify();
    await to.wait();
  });
}
