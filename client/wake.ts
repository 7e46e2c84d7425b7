/**
 * A bell: whoever waits goes on at the next `ring`. What it rings for is looked at again after waking, in a loop,
 * so that a ring too many does no harm. Ringing costs nothing while nobody waits.
 */
export class Wake {
  #next: PromiseWithResolvers<void> | null = null;

  wait(): Promise<void> {
    this.#next ??= Promise.withResolvers<void>();
    return this.#next.promise;
  }

  ring(): void {
    this.#next?.resolve();
    this.#next = null;
  }
}
