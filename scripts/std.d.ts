// Types of the functions of @std that are in use. The npm build that deno.json maps the names to ships none;
// against JSR this file would go.

declare module "@std/cli/parse-args" {
  /** What `parseArgs` was told about the flags. */
  export interface ParseOptions {
    readonly boolean?: readonly string[];
    readonly string?: readonly string[];
    readonly collect?: readonly string[];
    readonly negatable?: readonly string[];
    readonly default?: Readonly<Record<string, unknown>>;
    readonly alias?: Readonly<Record<string, string | readonly string[]>>;
    readonly stopEarly?: boolean;
    /** Called for each argument that is no declared flag; `false` keeps it out of the result. */
    readonly unknown?: (argument: string, key?: string, value?: unknown) => unknown;
  }
  export function parseArgs(
    args: readonly string[],
    options?: ParseOptions,
  ): Record<string, unknown> & { _: (string | number)[] };
}

declare module "@std/cli/prompt-secret" {
  /** Asks on the terminal without echo; `null` when standard input is no terminal or was closed. */
  export function promptSecret(
    message?: string,
    options?: { readonly mask?: string; readonly clear?: boolean },
  ): string | null;
}

declare module "@std/streams/text-line-stream" {
  /** Cuts text into lines at `\n` and `\r\n`; the last line needs no end. */
  export class TextLineStream extends TransformStream<string, string> {
    constructor(options?: { readonly allowCR?: boolean });
  }
}

declare module "@std/assert" {
  type ErrorClass<E extends Error> = new (...args: never[]) => E;
  export function assert(condition: unknown, message?: string): asserts condition;
  export function assertEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertStrictEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertMatch(actual: string, pattern: RegExp, message?: string): void;
  export function assertNotMatch(actual: string, pattern: RegExp, message?: string): void;
  export function assertStringIncludes(actual: string, part: string, message?: string): void;
  export function assertLess(actual: number, limit: number, message?: string): void;
  export function assertLessOrEqual(actual: number, limit: number, message?: string): void;
  export function assertGreater(actual: number, limit: number, message?: string): void;
  export function assertGreaterOrEqual(actual: number, limit: number, message?: string): void;
  export function assertInstanceOf<E extends Error>(
    actual: unknown,
    type: ErrorClass<E>,
  ): asserts actual is E;
  export function assertThrows<E extends Error>(
    run: () => unknown,
    type?: ErrorClass<E>,
    part?: string,
    message?: string,
  ): E;
  export function assertRejects<E extends Error>(
    run: () => Promise<unknown>,
    type?: ErrorClass<E>,
    part?: string,
    message?: string,
  ): Promise<E>;
  export function fail(message?: string): never;
}
