// SPDX-License-Identifier: Apache-2.0

/** A point in time by which a call chain must be done. Passed down; never renewed on the way. */
export class Deadline {
  readonly #endMs: number;
  readonly #startMs: number;

  private constructor(startMs: number, endMs: number) {
    this.#startMs = startMs;
    this.#endMs = endMs;
  }

  static after(durationMs: number): Deadline {
    const now = performance.now();
    return new Deadline(now, now + durationMs);
  }

  /** A deadline no later than this one. */
  within(durationMs: number): Deadline {
    const now = performance.now();
    return new Deadline(now, Math.min(this.#endMs, now + durationMs));
  }

  /** Milliseconds that are left; never negative. */
  get leftMs(): number {
    return Math.max(0, this.#endMs - performance.now());
  }

  get passed(): boolean {
    return performance.now() >= this.#endMs;
  }

  /** Milliseconds from its creation to its end. */
  get budgetMs(): number {
    return this.#endMs - this.#startMs;
  }

  /**
   * Settles as `promise` does, or rejects with what `late` makes once the deadline passes.
   * The promise itself goes on: its owner ends it.
   */
  async bound<T>(promise: Promise<T>, late: () => Error): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expiry = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(late());
      }, this.leftMs);
    });
    try {
      return await Promise.race([promise, expiry]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Lets timers and input be served; the only way in which `lib` gives up the processor. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs);
  });
}
