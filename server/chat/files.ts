/** Requests about files: `files`, `put`, `get`, `cancel`, `remove`. */

import { ProtocolError } from "../protocol/errors.ts";
import type { Handler } from "./handler.ts";

function later(): never {
  throw new ProtocolError("unknown_type", "Not yet.");
}

export const files: Handler<"files"> = later;
export const put: Handler<"put"> = later;
export const get: Handler<"get"> = later;
export const cancel: Handler<"cancel"> = later;
export const remove: Handler<"remove"> = later;
