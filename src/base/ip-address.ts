// Where an IP address leads, by the registries of IANA: to the public internet, into one's own network, to this machine, or nowhere. Pure.
// Leaves out: names, which whoever asks resolves first.
import { isIP } from 'node:net';

/** [first address, bits of the prefix, what lives there]. */
type Block = readonly [string, number, string];

/** IPv4 Special-Purpose Address Registry, and multicast. */
const special4: readonly Block[] = [
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared by a carrier'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, 'reserved'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

/** Of IPv6 only 2000::/3 is public; these are the exceptions inside it, and names for what is outside. */
const special6: readonly Block[] = [
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'],
  ['fec0::', 10, 'private'],
  ['ff00::', 8, 'multicast'],
  ['2001::', 23, 'reserved'], // Teredo, ORCHID, benchmarking: tunnels and identifiers, no hosts
  ['2001:db8::', 32, 'documentation'],
  ['3fff::', 20, 'documentation'],
];

/** Prefixes that carry an IPv4 address, and the bit where it starts: the address inside decides. */
const carriers: readonly (readonly [string, number, number])[] = [
  ['::ffff:0:0', 96, 96], // mapped
  ['::', 96, 96], // compatible
  ['64:ff9b::', 96, 96], // NAT64
  ['2002::', 16, 16], // 6to4
];

const parse4 = (text: string): bigint => text.split('.').reduce((n, part) => n * 256n + BigInt(part), 0n);

function parse6(text: string): bigint {
  const [address] = text.split('%');
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const tail = dotted ? parse4(dotted[2]) : 0n;
  const plain = dotted ? `${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}` : address;
  const [left, right] = plain.split('::').map((side) => (side === '' ? [] : side.split(':')));
  const groups = right === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return groups.reduce((n, group) => n * 65536n + BigInt(`0x${group}`), 0n);
}

const within = (value: bigint, first: bigint, prefix: number, bits: number) =>
  value >> BigInt(bits - prefix) === first >> BigInt(bits - prefix);

function kind4(value: bigint): string {
  return special4.find(([first, prefix]) => within(value, parse4(first), prefix, 32))?.[2] ?? 'public';
}

function kind6(value: bigint): string {
  const found = special6.find(([first, prefix]) => within(value, parse6(first), prefix, 128));
  if (found) return found[2];
  const carrier = carriers.find(([first, prefix]) => within(value, parse6(first), prefix, 128));
  if (carrier) return kind4((value >> BigInt(96 - carrier[2])) & 0xffffffffn);
  return within(value, parse6('2000::'), 3, 128) ? 'public' : 'reserved';
}

/** What lives at an IP address, in a word: 'public', 'private', 'loopback', …; 'unknown' for what is no IP address. */
export function addressKind(address: string): string {
  const version = isIP(address);
  if (version === 4) return kind4(parse4(address));
  return version === 6 ? kind6(parse6(address)) : 'unknown';
}
