/** What is limited and banned by address: networks, in one spelling each. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { isPrivate, networkOf, parseNetwork } from "../../server/protocol/networks.ts";

const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });

function ipv6(numbers: readonly number[]): string {
  return numbers.map((number) => number.toString(16)).join(":");
}

Deno.test("an address has the network that it is written here with", () => {
  const networks = {
    "192.0.2.7": "192.0.2.7",
    "2001:db8:0:1::7": "2001:db8:0:1::/64",
    "2001:DB8::1": "2001:db8::/64",
    "2001:0db8:0000:0000:0001:0000:0000:0001": "2001:db8::/64",
    "1:2:3:4:5:6:7:8": "1:2:3:4::/64",
    "1::2:3:4:5:6:7": "1:0:2:3::/64",
    "0:0:0:1::": "0:0:0:1::/64",
    "::1": "::/64",
    "fe80::1%eth0": "fe80::/64",
    "::ffff:192.0.2.7": "192.0.2.7",
    "::ffff:c000:207": "192.0.2.7",
    "::192.0.2.7": "::/64",
    "64:ff9b::192.0.2.7": "64:ff9b::/64",
  };
  for (const [host, network] of Object.entries(networks)) assertEquals(networkOf(host), network, host);
});

Deno.test("what is no address stands for itself, and an operator is told that it is none", () => {
  const none = [
    "",
    "unix",
    "Maya",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.07",
    "0x7f.1",
    "1.2.3.4.5",
    "::g",
    ":::",
  ];
  for (const host of [...none, "1:2:3:4:5:6:7", "1::2::3", "12345::", "::1]", "[::1", "192.0.2.7 "]) {
    assertEquals([networkOf(host), parseNetwork(host), isPrivate(host)], [host, null, false], host);
  }
});

Deno.test("an operator names a network by an address, with its port or without, or as it is shown", () => {
  const meant = {
    "192.0.2.7": "192.0.2.7",
    "192.0.2.7:50123": "192.0.2.7",
    "192.0.2.7/32": "192.0.2.7",
    "2001:db8::1": "2001:db8::/64",
    "[2001:db8::1]": "2001:db8::/64",
    "[2001:db8::1]:50123": "2001:db8::/64",
    "2001:db8:0:1::/64": "2001:db8:0:1::/64",
  };
  for (const [text, network] of Object.entries(meant)) assertEquals(parseNetwork(text), network, text);
  for (const range of ["192.0.2.0/24", "2001:db8::/48", "2001:db8::/128", "2001:db8::/", "[192.0.2.7]x:1"]) {
    assertEquals(parseNetwork(range), null, range);
  }
});

Deno.test("all addresses of an IPv6 /64 are one network, and others are others", () => {
  fc.assert(fc.property(groups, groups, (one, other) => {
    const host = ipv6(one);
    fc.pre(!one.slice(0, 5).every((group) => group === 0));
    assertEquals(networkOf(ipv6([...one.slice(0, 4), ...other.slice(4)])), networkOf(host));
    for (const at of [0, 1, 2, 3]) {
      assertNotEquals(networkOf(ipv6(one.with(at, (one[at] ?? 0) ^ 1))), networkOf(host));
    }
  }));
});

Deno.test("a network has one spelling: that of its own text", () => {
  fc.assert(fc.property(groups, bytes, (six, four) => {
    const dotted = four.join(".");
    for (const host of [ipv6(six), dotted]) assertEquals(parseNetwork(networkOf(host)), networkOf(host));
    assertEquals(networkOf(`::ffff:${dotted}`), dotted);
    assertEquals(networkOf(ipv6(six).toUpperCase()), networkOf(ipv6(six)));
  }));
});

Deno.test("no text makes it fail", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789abcf:./[]%") }));
  fc.assert(fc.property(text, (host) => {
    const network = parseNetwork(host);
    assert(network === null || networkOf(network.replace("/64", "")) === network);
    assertEquals(typeof isPrivate(networkOf(host)), "boolean");
  }));
});

Deno.test("private are the addresses of this machine and of nets that are not on the internet, to their edges", () => {
  const inside = [
    "127.0.0.1",
    "127.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "172.16.0.0",
    "172.31.255.255",
  ];
  inside.push(
    "192.168.0.0",
    "192.168.255.255",
    "169.254.0.0",
    "169.254.255.255",
    "::1",
    "fc00::",
    "fdff:ffff::1",
  );
  inside.push("fe80::1", "febf::1", "fe80::1%eth0", "::ffff:10.0.0.1");
  const outside = [
    "126.255.255.255",
    "128.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
  ];
  outside.push("192.167.255.255", "192.169.0.0", "169.253.255.255", "169.255.0.0", "100.64.0.1", "0.0.0.0");
  outside.push(
    "::",
    "::2",
    "1::1",
    "fbff::1",
    "fe00::1",
    "fe7f::1",
    "fec0::1",
    "2001:db8::1",
    "::ffff:192.0.2.7",
  );
  for (const host of inside) assert(isPrivate(host), host);
  for (const host of outside) assert(!isPrivate(host), host);
});

Deno.test("the network of an address is private where the address is", () => {
  for (
    const host of ["127.0.0.1", "10.1.2.3", "::1", "fe80::1", "fd00:1:2:3::9", "192.0.2.7", "2001:db8::1"]
  ) {
    assertEquals(isPrivate(networkOf(host)), isPrivate(host), host);
  }
});
