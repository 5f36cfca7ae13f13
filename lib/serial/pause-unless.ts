// SPDX-License-Identifier: Apache-2.0

/** Settles after a while, or at once when `signal` is aborted. */
export function pauseUnless(signal: AbortSignal, durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
