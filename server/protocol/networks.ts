/**
 * Networks: what limits and bans by address are about. With IPv4 that is the address. With IPv6 it is the /64,
 * since whoever has one address there has 2^64 of them. An IPv4 address inside an IPv6 one (`::ffff:192.0.2.7`, as
 * sockets that take both show it) is the IPv4 address.
 *
 * A network is written in one way only, so that networks can be compared as text: `192.0.2.7`, `2001:db8:0:1::/64`.
 */

/** An address as numbers: four bytes, or eight groups of 16 bits. */
type Address =
  | { readonly version: 4; readonly bytes: readonly number[] }
  | { readonly version: 6; readonly groups: readonly number[] };

/** The network of a peer's address, as the runtime gives it. What is no address stands for itself. */
export function networkOf(host: string): string {
  const address = parseAddress(host);
  return address === null ? host : networkText(address);
}

/**
 * What an operator means by `text`: an address, with a port or without (`192.0.2.7:50123`, `[2001:db8::1]:50123`),
 * or a network as `networkOf` writes it. Null where it is neither, also for ranges of another size.
 */
export function parseNetwork(text: string): string | null {
  const { host = text, prefix } =
    /^\[(?<host>[^\]]*)\](:\d{1,5})?$|^(?<host>[\d.]+):\d{1,5}$|^(?<host>[^/]*)\/(?<prefix>\d+)$/
      .exec(text)?.groups ?? {};
  const address = parseAddress(host);
  if (address === null) return null;
  const size = address.version === 4 ? "32" : "64";
  return prefix === undefined || prefix === size ? networkText(address) : null;
}

/**
 * Whether an address, or a network as `networkOf` writes it, belongs to this machine or to a net that is nobody's on the internet: loopback, RFC 1918, link
 * local, unique local. Not 100.64.0.0/10: behind one address there stand the many customers of a carrier, who are
 * strangers to each other.
 */
export function isPrivate(host: string): boolean {
  // The network of `::1`, in which there is nobody else.
  if (host === "::/64") return true;
  const address = parseAddress(host.replace(/\/64$/, ""));
  if (address === null) return false;
  if (address.version === 4) {
    const [first = 0, second = 0] = address.bytes;
    return first === 10 || first === 127 || (first === 172 && second >> 4 === 1) ||
      (first === 192 && second === 168) || (first === 169 && second === 254);
  }
  const [first = 0] = address.groups;
  return first >> 9 === 0xfc >> 1 || first >> 6 === 0xfe80 >> 6 ||
    address.groups.every((group, index) => group === (index === 7 ? 1 : 0));
}

function parseAddress(text: string): Address | null {
  const bytes = parseBytes(text);
  if (bytes !== null) return { version: 4, bytes };
  const groups = parseGroups(text.replace(/%.*$/s, "")); // A zone names an interface of ours, nothing of theirs.
  if (groups === null) return null;
  const [high = 0, low = 0] = groups.slice(6);
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (mapped) return { version: 4, bytes: [high >> 8, high & 0xff, low >> 8, low & 0xff] };
  return { version: 6, groups };
}

/** Four decimal numbers without leading zeros, which some programs take for octal ones. */
function parseBytes(text: string): number[] | null {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return null;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

/** The eight groups of an IPv6 address, in whichever of its spellings it came. */
function parseGroups(text: string): number[] | null {
  const short = canonical(text);
  if (short === null) return null;
  const [head = "", tail] = short.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].map((group) => parseInt(group, 16));
}

/** An IPv6 address in its one short spelling (RFC 5952, without dots), which is the one that URLs have. */
function canonical(text: string): string | null {
  if (!/^[\da-f:.]+$/i.test(text)) return null;
  const url = URL.parse(`http://[${text}]`);
  return url === null ? null : url.hostname.slice(1, -1);
}

function networkText(address: Address): string {
  if (address.version === 4) return address.bytes.join(".");
  const prefix = address.groups.slice(0, 4).map((group) => group.toString(16)).join(":");
  return `${canonical(`${prefix}::`) ?? prefix}/64`;
}
