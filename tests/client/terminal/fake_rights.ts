/** Rights as a test says, and somebody who is asked for the others. */

import type { Right, Rights } from "../../../client/rights.ts";

export class FakeRights implements Rights {
  /** What was asked for: `read /etc/hostname`. */
  readonly asked: string[] = [];
  /** What is there, and below it. */
  readonly granted: string[] = [];
  /** Says yes or no, and sees how things stand while it is asked. */
  answer: (right: Right) => boolean | Promise<boolean> = () => true;
  readonly #denied: string[] = [];

  query({ name, path }: Right): Deno.PermissionState {
    const right = `${name} ${path}`;
    const covers = (one: string) => slashed(right) === one || slashed(right).startsWith(`${one}/`);
    if (this.granted.some((one) => covers(slashed(one)))) return "granted";
    return this.#denied.includes(right) ? "denied" : "prompt";
  }

  async request(right: Right): Promise<Deno.PermissionState> {
    const { name, path } = right;
    this.asked.push(`${name} ${path}`);
    const yes = await this.answer(right);
    (yes ? this.granted : this.#denied).push(`${name} ${path}`);
    return this.query(right);
  }
}

/** Windows takes both slashes for the same, and so does the runtime there. */
function slashed(right: string): string {
  return Deno.build.os === "windows" ? right.replaceAll("\\", "/") : right;
}
