/** What processes have of the machine's memory, from its `/proc`. */

/** Resident memory of a process in KiB; NaN where the machine has no `/proc`, or the process is gone. */
export async function memoryKiB(pid: number): Promise<number> {
  if (Deno.build.os !== "linux") return NaN;
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? NaN);
  } catch (error) {
    // A process that has just ended has a folder there, and nothing in it.
    if (error instanceof Deno.errors.NotFound || isGone(error)) return NaN;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ESRCH";
}

const SAMPLE_MS = 20;

/** Looks at a process again and again. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #beforeKiB: number;
  #peakKiB: number;
  #looking: Promise<void>;
  #over = false;

  private constructor(pid: number, beforeKiB: number) {
    this.#pid = pid;
    this.#beforeKiB = this.#peakKiB = beforeKiB;
    this.#looking = this.#look();
  }

  static async start(pid: number): Promise<MemoryWatch> {
    return new MemoryWatch(pid, await memoryKiB(pid));
  }

  /** Looks no more; by how much it has had more than at the beginning, and the most that it had, in MiB. */
  async stop(): Promise<{ readonly grown: number; readonly peak: number }> {
    this.#over = true;
    await this.#looking;
    return { grown: (this.#peakKiB - this.#beforeKiB) / 1_024, peak: this.#peakKiB / 1_024 };
  }

  async #look(): Promise<void> {
    while (!this.#over) {
      const now = await memoryKiB(this.#pid);
      if (!Number.isNaN(now)) this.#peakKiB = Math.max(this.#peakKiB, now);
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  }
}
