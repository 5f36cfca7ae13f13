// SPDX-License-Identifier: Apache-2.0

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Until somebody ends this process in a friendly way. */
export function interruption(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      // The command line ends the process at once; here there is something to put away first.
      process.removeAllListeners(signal);
      process.once(signal, () => {
        resolve();
      });
    }
  });
}
