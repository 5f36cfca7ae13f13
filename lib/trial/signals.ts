// SPDX-License-Identifier: Apache-2.0
import { tried } from './tried.ts';
import type { TrialFault } from './verdict.ts';

/** One end of an event channel: a probe has it, or dom0's Linux. */
export interface SignalEnd extends Partial<AsyncDisposable> {
  readonly clear: () => Promise<void>;
  readonly notify: () => Promise<void>;
  readonly wait: () => Promise<void>;
}

/** Notifies at one end of an event channel, and waits until the other is pending. */
export function trySignal(
  assertion: string,
  from: SignalEnd,
  to: SignalEnd,
): Promise<TrialFault[]> {
  return tried(assertion, async () => {
    await from.clear();
    await to.clear();
    await from.notify();
    await to.wait();
  });
}
