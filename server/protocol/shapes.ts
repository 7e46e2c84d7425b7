/** Checks on unknown JSON, put together into the shapes of messages; TypeScript infers the types from them. */

/** One member of a message: what it must be, in words and as a check. */
export interface Member<T> {
  readonly wants: string;
  readonly holds: (value: unknown) => value is T;
  readonly optional: boolean;
}

/** A member that may be left out; `undefined` is what it is then. */
export interface OptionalMember<T> extends Member<T | undefined> {
  readonly optional: true;
}

export interface RequiredMember<T> extends Member<T> {
  readonly optional: false;
}

export type Shape = Readonly<Record<string, RequiredMember<unknown> | OptionalMember<unknown>>>;

type Optional<S extends Shape> = {
  [K in keyof S]: S[K] extends OptionalMember<unknown> ? K : never;
}[keyof S];
type Held<M> = M extends OptionalMember<infer T> ? T : M extends Member<infer T> ? T : never;

/** The type of an object of shape `S`. */
export type Of<S extends Shape> =
  & { readonly [K in Exclude<keyof S, Optional<S>>]: Held<S[K]> }
  & { readonly [K in Optional<S>]?: Held<S[K]> };

function required<T>(wants: string, holds: (value: unknown) => value is T): RequiredMember<T> {
  return { wants, holds, optional: false };
}

export function optional<T>(member: RequiredMember<T>): OptionalMember<T> {
  return {
    wants: member.wants,
    holds: (value): value is T | undefined => value === undefined || member.holds(value),
    optional: true,
  };
}

export function nullable<T>(member: RequiredMember<T>): RequiredMember<T | null> {
  return required(
    `${member.wants} or null`,
    (value): value is T | null => value === null || member.holds(value),
  );
}

export const string = required("a string", (value) => typeof value === "string");
export const boolean = required("true or false", (value) => typeof value === "boolean");

/** A string that `pattern` matches; `wants` says so in words. */
export function matching(pattern: RegExp, wants: string): RequiredMember<string> {
  return required(wants, (value): value is string => typeof value === "string" && pattern.test(value));
}

/** One of these words. */
export function oneOf<T extends string>(...words: readonly T[]): RequiredMember<T> {
  return required(
    words.map((word) => JSON.stringify(word)).join(" or "),
    (value): value is T => words.some((word) => word === value),
  );
}

/** An integer from `min` to `max`, both inclusive. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): RequiredMember<number> {
  return required(
    `an integer from ${min} to ${max}`,
    (value): value is number =>
      typeof value === "number" && Number.isInteger(value) && value >= min && value <= max,
  );
}

export function listOf<T>(member: RequiredMember<T>): RequiredMember<readonly T[]> {
  return required(
    `a list, each ${member.wants}`,
    (value): value is T[] => Array.isArray(value) && value.every(member.holds),
  );
}

/** An object that has at least the members of `shape`. */
export function object<S extends Shape>(shape: S): RequiredMember<Of<S>> {
  return required(
    "an object",
    (value): value is Of<S> => isObject(value) && firstWrong(shape, value) === null,
  );
}

export type JsonObject = { readonly [member: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value` has the members of `shape`. Members that the shape does not know are ignored. */
export function hasShape<S extends Shape>(shape: S, value: JsonObject): value is JsonObject & Of<S> {
  return firstWrong(shape, value) === null;
}

/** The first member of `value` that is not as `shape` says, as a sentence; null where there is none. */
export function firstWrong(shape: Shape, value: JsonObject): string | null {
  for (const name in shape) {
    const member = shape[name];
    if (member !== undefined && !member.holds(value[name])) return `"${name}" must be ${member.wants}.`;
  }
  return null;
}
