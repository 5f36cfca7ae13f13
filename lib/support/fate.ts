// SPDX-License-Identifier: Apache-2.0

/**
 * Whether something that others depend on still lives, and why not. Whoever waits for it waits
 * through {@link Fate.guard}, so that its end ends every wait at once, with the same cause.
 */
export class Fate {
  #error: Error | undefined;
  readonly #listeners = new Set<(error: Error) => void>();

  /** The first cause, once there is one. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Ends it. Only the first cause counts. */
  doom(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    for (const listener of [...this.#listeners]) listener(error);
    this.#listeners.clear();
  }

  /** Calls `listener` once with the cause, at once if it has come. */
  onDoom(listener: (error: Error) => void): () => void {
    if (this.#error !== undefined) {
      listener(this.#error);
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Settles as `promise` does, or rejects with the cause if that comes first. */
  guard<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const forget = this.onDoom(reject);
      promise.then(resolve, reject).finally(forget);
    });
  }

  /** @throws the cause, if it has come. */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}
