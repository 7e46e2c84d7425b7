/**
 * What the log and the records need of a file system, and no more: tests put a simulated disk behind it that
 * forgets at a crash whatever was not synced.
 */

export interface Disk {
  /** Opens an existing file for reading. */
  open(path: string): Promise<ReadFile>;
  /** Opens a file for appending: an existing one, or with `createNew` one that must not exist yet. */
  append(path: string, options: { readonly createNew: boolean }): Promise<AppendFile>;
  /** Names in a folder, unsorted. */
  list(folder: string): Promise<string[]>;
  /** Bytes of a file, and when it was changed last, in milliseconds since 1970-01-01 UTC. */
  stat(path: string): Promise<FileStat>;
  /** Makes a folder; its parent must exist. Throws `AlreadyExists`. */
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes the names in `folder` (created, renamed, removed) survive a crash. */
  syncFolder(folder: string): Promise<void>;
}

export interface FileStat {
  readonly size: number;
  readonly modifiedAt: number;
}

/** A file open for reading; one read at a time. */
export interface ReadFile {
  size(): Promise<number>;
  /** Fills `into` from `position`, less only at the end of the file; returns how many bytes. */
  read(into: Uint8Array, position: number): Promise<number>;
  close(): void;
}

/** A file open for appending. */
export interface AppendFile {
  size(): Promise<number>;
  /** Appends all of `bytes`, or throws with any part of them written. */
  write(bytes: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Returns when everything written is on stable storage. */
  sync(): Promise<void>;
  close(): void;
}

/** The machine's file system. What is made is its owner's alone: there are messages in it, and hashes of passwords. */
export const machineDisk: Disk = {
  async open(path) {
    return new MachineFile(await Deno.open(path, { read: true }));
  },
  async append(path, { createNew }) {
    await refuseLink(path);
    return new MachineFile(await Deno.open(path, { read: true, append: true, createNew, mode: 0o600 }));
  },
  async list(folder) {
    const names: string[] = [];
    for await (const entry of Deno.readDir(folder)) names.push(entry.name);
    return names;
  },
  async stat(path) {
    const { size, mtime } = await Deno.lstat(path);
    return { size, modifiedAt: mtime?.getTime() ?? 0 };
  },
  makeFolder: (path) => Deno.mkdir(path, { mode: 0o700 }),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) => Deno.remove(path),
  async syncFolder(folder) {
    // Windows opens no folders and needs none: NTFS logs names by itself.
    if (Deno.build.os === "windows") return;
    using file = await Deno.open(folder, { read: true });
    await file.sync();
  },
};

/** Permissions do not stop symbolic links: what is opened for writing must be a file of its own. */
async function refuseLink(path: string): Promise<void> {
  try {
    if ((await Deno.lstat(path)).isSymlink) {
      throw new Error(`${path} is a symbolic link; the server writes only to files.`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Writes of up to this size only fill memory of the system's, in a few microseconds; handing them to another
 * thread takes tens. It is the sync that waits for the disk.
 */
const AT_ONCE_BYTES_MAX = 65_536;

class MachineFile implements ReadFile, AppendFile {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    // It asks the disk nothing, and handing it to another thread takes longer than the read.
    this.#file.seekSync(position, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < into.length) {
      const bytes = await this.#file.read(into.subarray(filled));
      if (bytes === null) break;
      filled += bytes;
    }
    return filled;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      const rest = bytes.subarray(written);
      written += rest.length <= AT_ONCE_BYTES_MAX ? this.#file.writeSync(rest) : await this.#file.write(rest);
    }
  }

  truncate(size: number): Promise<void> {
    return this.#file.truncate(size);
  }

  sync(): Promise<void> {
    return this.#file.syncData();
  }

  close(): void {
    this.#file.close();
  }
}
