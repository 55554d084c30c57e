import { BlockList, isIP, isIPv6 } from 'node:net'

/** Addresses that are not on the public Internet: IANA's special-purpose registries (RFC 6890), for IPv4 and IPv6. */
const notPublic = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  notPublic.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  // translated and tunnelled IPv4: where they lead cannot be told from the outside
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  notPublic.addSubnet(network, bits, 'ipv6')
}

/** Whether an IP address (text, without brackets) is loopback, private, link-local, multicast or reserved; what is no address counts as private. */
export function isPrivateAddress(address: string): boolean {
  if (isIP(address) === 0) return true
  // BlockList compares an IPv4-mapped address with the IPv4 rules by itself
  return notPublic.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
