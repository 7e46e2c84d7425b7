/**
 * A disk in memory that forgets at a power cut whatever was not synced, as badly as real ones may:
 *
 * - of each file any of the 512-byte sectors that changed since its last sync, each for itself, is as it was at
 *   any time since then; and the file has any size between the smallest and the largest of that time;
 * - of each folder any of the changes of names since its last sync is lost: the latest, or any in between (a
 *   rename happens as a whole or not at all);
 * - the operation that the power cut interrupts happened, or not, or a write in part.
 *
 * A process that is killed loses nothing that it wrote, synced or not. A failed sync leaves what was written as it
 * was, not synced (some systems forget which pages were to be written: nothing can be known after that).
 * Every operation takes a seeded number of turns, so that what runs side by side runs in many orders.
 */

import type { AppendFile, Disk, FileStat, ReadFile } from "../../server/history/disk.ts";
import { between } from "../protocol/random.ts";

const SECTOR_BYTES = 512;

export type Operation = Exclude<keyof Disk | keyof ReadFile | keyof AppendFile, "close">;

/** What every operation ends with from the crash on, until the disk is started again. */
export class CrashError extends Error {
  override readonly name = "CrashError";
}

/** Asked before each operation: an error that it returns is thrown, once a promise of it is there. */
export type Hook = (operation: Operation, path: string) => Error | null | Promise<Error | null>;

export class SimDisk implements Disk {
  readonly #random: () => number;
  readonly #root = new Folder();
  #era = 0;
  #left = Infinity;
  #crashed = false;
  #open = 0;
  hook: Hook = () => null;
  /** What the machine's clock shows. */
  now = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The operation that comes after `operations` others is the last one of this process. */
  crashAfter(operations: number): void {
    this.#left = operations;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** Files that this process has open. */
  get openFiles(): number {
    return this.#open;
  }

  /** Ends whatever process used the disk; what it has open is of no use any more. */
  restart(after: "kill" | "power cut"): void {
    if (after === "power cut") this.#root.crash(this.#random);
    this.#era++;
    this.#open = 0;
    this.#crashed = false;
    this.#left = Infinity;
  }

  /** Puts a file there, synced, with all folders above it. */
  put(path: string, bytes: Uint8Array): void {
    let folder = this.#root;
    const names = path.split("/");
    for (const name of names.slice(0, -1)) {
      const found = folder.names.get(name);
      const inner = found instanceof Folder ? found : new Folder();
      if (found === undefined) folder.change([[name, inner]]);
      folder.sync();
      folder = inner;
    }
    const content = new Content();
    content.append(bytes);
    content.sync();
    folder.change([[names.at(-1) ?? "", content]]);
    folder.sync();
  }

  /** A copy of what a process reads in a file. */
  bytes(path: string): Uint8Array<ArrayBuffer> {
    return this.#content(path).read();
  }

  /** A copy of the part of a file that no power cut can take. */
  safeBytes(path: string): Uint8Array<ArrayBuffer> {
    return this.#content(path).safe();
  }

  /** Names in a folder, sorted. */
  names(path: string): string[] {
    return [...this.#folder(path).names.keys()].sort();
  }

  async open(path: string): Promise<ReadFile> {
    return await this.#do("open", path, () => this.#handle(path, this.#content(path)));
  }

  async append(path: string, { createNew }: { readonly createNew: boolean }): Promise<AppendFile> {
    return await this.#do("append", path, () => {
      const [folder, name] = this.#place(path);
      if (!createNew) return this.#handle(path, this.#content(path));
      if (folder.names.has(name)) throw new Deno.errors.AlreadyExists(path);
      const content = new Content();
      folder.change([[name, content]]);
      return this.#handle(path, content);
    });
  }

  async list(path: string): Promise<string[]> {
    return await this.#do("list", path, () => [...this.#folder(path).names.keys()]);
  }

  async stat(path: string): Promise<FileStat> {
    return await this.#do("stat", path, () => {
      const { size, modifiedAt } = this.#content(path);
      return { size, modifiedAt };
    });
  }

  async makeFolder(path: string): Promise<void> {
    await this.#do("makeFolder", path, () => {
      const [folder, name] = this.#place(path);
      if (folder.names.has(name)) throw new Deno.errors.AlreadyExists(path);
      folder.change([[name, new Folder()]]);
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#do("rename", from, () => {
      const [folder, name] = this.#place(from);
      const [other, newName] = this.#place(to);
      if (other !== folder) throw new TypeError("a rename from folder to folder is not simulated");
      folder.change([[name, null], [newName, this.#content(from)]]);
    });
  }

  async remove(path: string): Promise<void> {
    await this.#do("remove", path, () => {
      const [folder, name] = this.#place(path);
      this.#content(path);
      folder.change([[name, null]]);
    });
  }

  async syncFolder(path: string): Promise<void> {
    await this.#do("syncFolder", path, () => this.#folder(path).sync());
  }

  /** Does `whole`, unless the disk fails or crashes: then `partly`, or what the dice say. */
  async #do<T>(operation: Operation, path: string, whole: () => T, partly?: () => void): Promise<T> {
    const era = this.#era;
    for (let turns = between(this.#random, 0, 2); turns > 0; turns--) await null;
    const fault = await this.hook(operation, path);
    if (era !== this.#era || this.#crashed) throw new CrashError(`${operation} after the crash`);
    if (this.#left-- <= 0) {
      this.#crashed = true;
      if (partly !== undefined) partly();
      else if (this.#random() < 0.5) whole();
      throw new CrashError(`crash at ${operation} ${path}`);
    }
    if (fault === null) return whole();
    partly?.();
    throw fault;
  }

  #handle(path: string, content: Content): ReadFile & AppendFile {
    const era = this.#era;
    let state: "idle" | "busy" | "closed" = "idle";
    const use = async <T>(operation: Operation, whole: () => T, partly?: () => void): Promise<T> => {
      if (era !== this.#era) throw new CrashError(`${operation} after the crash`);
      if (state !== "idle") throw new Deno.errors.BadResource(`${operation} of ${path}, which is ${state}`);
      state = "busy";
      try {
        return await this.#do(operation, path, whole, partly);
      } finally {
        if (state === "busy") state = "idle";
      }
    };
    this.#open++;
    return {
      size: () => use("size", () => content.size),
      read: (into, position) => use("read", () => content.readInto(into, position)),
      write: (bytes) =>
        use("write", () => {
          content.modifiedAt = this.now;
          content.append(bytes);
        }, () => {
          content.append(bytes.subarray(0, between(this.#random, 0, bytes.length)));
        }),
      truncate: (size) => use("truncate", () => content.truncate(size)),
      sync: () => use("sync", () => content.sync()),
      close: () => {
        if (era !== this.#era) return;
        if (state !== "idle") throw new Deno.errors.BadResource(`close of ${path}, which is ${state}`);
        state = "closed";
        this.#open--;
      },
    };
  }

  #place(path: string): [Folder, string] {
    const cut = path.lastIndexOf("/");
    return [cut < 0 ? this.#root : this.#folder(path.slice(0, cut)), path.slice(cut + 1)];
  }

  #folder(path: string): Folder {
    let folder = this.#root;
    for (const name of path.split("/")) {
      const inner = folder.names.get(name);
      if (!(inner instanceof Folder)) throw new Deno.errors.NotFound(path);
      folder = inner;
    }
    return folder;
  }

  #content(path: string): Content {
    const [folder, name] = this.#place(path);
    const content = folder.names.get(name);
    if (!(content instanceof Content)) throw new Deno.errors.NotFound(path);
    return content;
  }
}

type Change = readonly (readonly [string, Folder | Content | null])[];

class Folder {
  names = new Map<string, Folder | Content>();
  #safe = new Map<string, Folder | Content>();
  #changes: Change[] = [];

  change(change: Change): void {
    make(this.names, change);
    this.#changes.push(change);
  }

  sync(): void {
    this.#safe = new Map(this.names);
    this.#changes = [];
  }

  crash(random: () => number): void {
    const inOrder = random() < 0.5;
    const upTo = between(random, 0, this.#changes.length);
    this.#changes.forEach((change, i) => {
      if (inOrder ? i < upTo : random() < 0.5) make(this.#safe, change);
    });
    this.names = new Map(this.#safe);
    this.#changes = [];
    for (const inner of this.names.values()) inner.crash(random);
  }
}

function make(names: Map<string, Folder | Content>, change: Change): void {
  for (const [name, target] of change) {
    if (target === null) names.delete(name);
    else names.set(name, target);
  }
}

/** What is in a file, and what each sector that changed since the last sync held since then, oldest first. */
class Content {
  #bytes = new Uint8Array(SECTOR_BYTES);
  #versions = new Map<number, Uint8Array[]>();
  #sizes = [0];
  modifiedAt = 0;

  get size(): number {
    return this.#sizes.at(-1) ?? 0;
  }

  read(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.size);
  }

  readInto(into: Uint8Array, position: number): number {
    const found = this.#bytes.subarray(position, Math.min(this.size, position + into.length));
    into.set(found);
    return found.length;
  }

  append(bytes: Uint8Array): void {
    const { size } = this;
    this.#reserve(size + bytes.length);
    this.#change(size, size + bytes.length, () => this.#bytes.set(bytes, size));
    this.#sizes.push(size + bytes.length);
  }

  truncate(to: number): void {
    const { size } = this;
    this.#reserve(to);
    this.#change(to, size, () => this.#bytes.fill(0, to));
    this.#sizes.push(to);
  }

  sync(): void {
    this.#versions.clear();
    this.#sizes = [this.size];
  }

  safe(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice();
    for (const [sector, [oldest]] of this.#versions) if (oldest) bytes.set(oldest, sector * SECTOR_BYTES);
    return bytes.slice(0, Math.min(...this.#sizes));
  }

  crash(random: () => number): void {
    const anySize = between(random, Math.min(...this.#sizes), Math.max(...this.#sizes));
    const oneOfThem = this.#sizes[between(random, 0, this.#sizes.length - 1)] ?? anySize;
    const size = random() < 0.5 ? anySize : oneOfThem;
    // All of the new, all of the old, or any sector by itself.
    const luck = between(random, 0, 3);
    for (const [sector, versions] of this.#versions) {
      const newest = versions.length - 1;
      const version = versions[luck === 0 ? newest : luck === 1 ? 0 : between(random, 0, newest)];
      if (version !== undefined) this.#bytes.set(version, sector * SECTOR_BYTES);
    }
    this.#bytes.fill(0, size);
    this.#sizes = [size];
    this.sync();
  }

  #change(from: number, to: number, change: () => void): void {
    const sectors: number[] = [];
    for (let at = from - from % SECTOR_BYTES; at < to; at += SECTOR_BYTES) sectors.push(at / SECTOR_BYTES);
    for (const sector of sectors) {
      if (!this.#versions.has(sector)) this.#versions.set(sector, [this.#sector(sector)]);
    }
    change();
    for (const sector of sectors) this.#versions.get(sector)?.push(this.#sector(sector));
  }

  #sector(sector: number): Uint8Array {
    return this.#bytes.slice(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
  }

  #reserve(size: number): void {
    const whole = Math.ceil(size / SECTOR_BYTES) * SECTOR_BYTES;
    if (whole <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(whole, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
