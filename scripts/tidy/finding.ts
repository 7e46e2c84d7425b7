/** What the rules look at, and what they have to say. */

export interface Import {
  /** Path from the project's root, or the specifier of a module that is not of the project. */
  readonly path: string;
  readonly line: number;
}

export interface Source {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Finding {
  readonly path: string;
  readonly line: number;
  /** What is wrong and what would be right, as a sentence. */
  readonly says: string;
}
