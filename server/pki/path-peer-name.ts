/**
 * Owns whether a certificate is about a host: RFC 9525, which replaced RFC 6125. Only subject alternative names count; a common name that looks like a host is a name for people (6.2), and
 * name constraints would not bind it.
 */
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Certificate } from './certificate.ts'
import { readDnsName, readHost } from './name-constraints-match.ts'
import type { Budget } from './path-budget.ts'

/**
 * @param peer host name (international ones in either form) or IP address, without port
 * @returns why not; undefined when it is
 * @throws BrokerError `certificate_malformed` when its alternative names cannot be read; BudgetSpent
 */
export function objectionToPeer(certificate: Certificate, peer: string, budget: Budget): string | undefined {
  const address = addressOf(peer)
  if (address !== undefined) {
    const found = certificate.altNames.some(each => {
      budget.spend('nameComparisons')
      return each.kind === 'ip' && each.octets.equals(address)
    })
    return found ? undefined : `it is not for the address ${peer}`
  }
  const host = readHost(domainToASCII(peer.replace(/\.$/, '')))
  if (host === undefined) return 'what was asked for is no host name'
  const found = certificate.altNames.some(each => {
    budget.spend('nameComparisons')
    return each.kind === 'dns' && presents(each.text, host)
  })
  return found ? undefined : `it is not for the host ${host}`
}

/** The star stands for exactly one label, the first, alone in it (6.3), and two more must follow: nobody speaks for all of a top-level domain. */
function presents(text: string, host: string): boolean {
  const name = readDnsName(text)
  if (name === undefined || !name.startsWith('*.')) return name === host
  const rest = name.slice(1)
  return rest.split('.').length > 2 && host.endsWith(rest) && !host.slice(0, -rest.length).includes('.') && host.length > rest.length
}

function addressOf(peer: string): Buffer | undefined {
  const plain = peer.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(plain)
  if (version === 4) return Buffer.from(plain.split('.').map(Number))
  if (version !== 6 || plain.includes('%')) return undefined
  // the URL class writes every form of an address in one way
  const [head = '', tail] = new URL(`http://[${plain}]/`).hostname.slice(1, -1).split('::')
  const groups = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)))
  const [first, last] = [groups(head), groups(tail)]
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last]
  return Buffer.from(all.flatMap(group => [group >> 8, group & 0xff]))
}
