/** The server's password, from a file or the environment: never from the command line, which others can read. */

import { messageOf } from "./protocol/errors.ts";
import { PASSWORD_BYTES_MAX } from "./protocol/limits.ts";
import { firstLineOf, startOf } from "./protocol/password_files.ts";
import { utf8Bytes } from "./protocol/texts.ts";

const VARIABLE = "CHAT_PASSWORD";

/** The password cannot be had, or cannot be one; the message says why and what to do. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/** What everybody has to know who comes in: the first line of `file`, or `CHAT_PASSWORD`; null for nothing. Rejects with `SecretError`. */
export async function serverPassword(file: string | null): Promise<string | null> {
  const password = file === null ? environmentPassword() : await firstLine(file);
  if (password === null) return null;
  const bytes = utf8Bytes(password);
  if (bytes > 0 && bytes <= PASSWORD_BYTES_MAX) return password;
  const where = file === null ? `the variable ${VARIABLE}` : `the first line of ${file}`;
  const what = bytes === 0 ? "is empty" : "is too long";
  throw new SecretError(`the password in ${where} ${what}: it has 1 to ${PASSWORD_BYTES_MAX} bytes.`);
}

function environmentPassword(): string | null {
  const { state } = Deno.permissions.querySync({ name: "env", variable: VARIABLE });
  return state === "granted" ? Deno.env.get(VARIABLE) ?? null : null;
}

async function firstLine(file: string): Promise<string> {
  try {
    using opened = await Deno.open(file, { read: true });
    return firstLineOf(await startOf((into) => opened.read(into)));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new SecretError(
        `the right to read ${file} is missing. Run with --allow-read=${file}, or put it into the data folder.`,
      );
    }
    if (error instanceof TypeError) throw new SecretError(`the password file ${file} is not text in UTF-8.`);
    throw new SecretError(`the password file cannot be read: ${messageOf(error)}.`);
  }
}
