/** Why a server is not spoken to. */

/** There is no trust in a server, and to try again would change nothing. */
export class TrustError extends Error {
  override readonly name = "TrustError";
  /** What to show, line by line. */
  readonly lines: readonly string[];

  constructor(...lines: readonly string[]) {
    super(lines.join("\n"));
    this.lines = lines;
  }
}
