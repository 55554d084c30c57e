import { expect } from 'chai'
import { context, integer, oid, primitive, sequence, utf8 } from '../../server/pki/der-write.ts'
import { verifyChain } from '../../server/pki/path.ts'
import { altNames, constraints, general, type Made } from './handmade.ts'
import { at, makeRoot, makeUnder, name, newKey } from './hierarchy.ts'

const root = makeRoot()
const keys = newKey.SM2()
const { dns, email, uri, ip, directory, registered, other } = general

type Limits = Parameters<typeof constraints>[0]
/** A CA with these limits, and a leaf with these names under it. */
function decide(limits: Limits | Made, names: Buffer[], leafSubject = name('shield')) {
  const ca = makeUnder(root, 'Limited', { profile: 'ca', extensions: ['oid' in limits ? limits : constraints(limits)] })
  const leaf = makeUnder(ca, 'x', { keys, subject: leafSubject, extensions: names.length === 0 ? [] : [altNames(...names)] })
  return verifyChain({ leaf: leaf.certificate, intermediates: [ca.certificate], roots: [root.certificate], at })
}
const accepted = (limits: Limits, ...names: Buffer[]): boolean => decide(limits, names).ok

describe('name constraints', () => {
  const cases: [what: string, limits: Limits, within: Buffer[], outside: Buffer[]][] = [
    [
      'of a host name bind it and all below it, whatever the case',
      { permitted: [dns('example.com')] },
      [dns('example.com'), dns('A.B.EXAMPLE.com'), dns('*.example.com')],
      [dns('badexample.com'), dns('example.com.cn'), dns('com'), dns('example.com.'), dns('*.com')],
    ],
    [
      'of a host name with a dot before it leave the name itself out',
      { permitted: [dns('.example.com')] },
      [dns('a.example.com')],
      [dns('example.com')],
    ],
    [
      'that exclude a host exclude what a star could stand for',
      { excluded: [dns('www.example.com')] },
      [dns('mail.example.com'), dns('*.mail.example.com'), dns('*.com')],
      [dns('www.example.com'), dns('x.www.example.com'), dns('*.example.com'), dns('*.www.example.com')],
    ],
    [
      'of addresses bind one mailbox, one host, or the hosts of a domain',
      { permitted: [email('one@a.cn'), email('host.cn'), email('.domain.cn')] },
      [email('one@A.CN'), email('any@host.cn'), email('any@x.domain.cn'), email('"one"@a.cn')],
      [email('One@a.cn'), email('two@a.cn'), email('any@x.host.cn'), email('any@domain.cn'), email('no address')],
    ],
    [
      'that exclude a mailbox exclude it in quotes too, and with a host hidden behind another sign',
      { excluded: [email('bad@a.cn')] },
      [email('good@a.cn')],
      [email('bad@a.cn'), email('"bad"@a.cn'), email('"b\\ad"@a.cn'), email('good@b.cn,bad@a.cn'), email('bad@a.cn ')],
    ],
    [
      'of addresses bind those beyond ASCII as well',
      { permitted: [email('host.cn')] },
      [other('1.3.6.1.5.5.7.8.9', utf8('王@host.cn'))],
      [other('1.3.6.1.5.5.7.8.9', utf8('王@else.cn'))],
    ],
    [
      'of URIs bind the host alone, and refuse what has none',
      { permitted: [uri('host.cn'), uri('.domain.cn')] },
      [uri('http://host.cn/x'), uri('https://user@HOST.cn:8443?q'), uri('ldap://a.b.domain.cn')],
      [
        uri('http://x.host.cn/'),
        uri('http://domain.cn/'),
        uri('http://evil.cn/host.cn'),
        uri('http://evil.cn\\@host.cn/'),
        uri('http://host.cn@evil.cn/'),
        uri('http://10.0.0.1/'),
        uri('http://[::1]/'),
        uri('urn:host.cn'),
        uri('mailto:a@host.cn'),
      ],
    ],
    [
      'of IPv4 ranges bind IPv4',
      { permitted: [ip(10, 1, 0, 0, 255, 255, 0, 0)] },
      [ip(10, 1, 2, 3)],
      [ip(10, 2, 0, 1), ip(10, 1, 2), ip(...new Array<number>(16).fill(0))],
    ],
    [
      'of IPv6 ranges bind IPv6',
      { permitted: [ip(0x20, 1, ...new Array<number>(14).fill(0), 0xff, 0xff, ...new Array<number>(14).fill(0))] },
      [ip(0x20, 1, ...new Array<number>(14).fill(7))],
      [ip(0x20, 2, ...new Array<number>(14).fill(7)), ip(10, 0, 0, 1)],
    ],
    [
      'that exclude an IPv4 range exclude it inside IPv6',
      { excluded: [ip(10, 0, 0, 0, 255, 0, 0, 0)] },
      [ip(11, 0, 0, 1)],
      [ip(10, 9, 9, 9), ip(...new Array<number>(10).fill(0), 0xff, 0xff, 10, 0, 0, 1)],
    ],
    [
      'of directory names bind every name below',
      { permitted: [directory([['C', 'CN']])] },
      [
        directory([
          ['C', 'cn'],
          ['O', '另一家'],
        ]),
      ],
      [
        directory([
          ['O', 'x'],
          ['C', 'CN'],
        ]),
        directory([['C', 'US']]),
      ],
    ],
    ['of a kind nobody compares refuse a name of that kind, and only that', { permitted: [registered()] }, [dns('a.cn')], [registered()]],
    [
      'of other names refuse any other name',
      { excluded: [other('1.2.3', utf8('x'))] },
      [dns('a.cn')],
      [other('1.2.3', utf8('y')), other('1.2.4', utf8('y'))],
    ],
  ]
  for (const [what, limits, within, outside] of cases) {
    it(what, () => {
      for (const each of within) expect(accepted(limits, each), `within: ${each.toString('latin1')}`).to.equal(true)
      for (const each of outside) expect(accepted(limits, each), `outside: ${each.toString('latin1')}`).to.equal(false)
    })
  }

  it('name the certificate at fault and the clause, and one bad name of many is enough', () => {
    const result = decide({ permitted: [dns('a.cn')] }, [dns('a.cn'), dns('b.cn'), dns('x.a.cn')])
    expect(result).to.include({ ok: false, code: 'certificate_chain_invalid', clause: 'RFC 5280 6.1.3 (b), (c)' })
    expect(!result.ok && result.facts).to.include('b.cn')
  })

  it('bind the subject too, and the address in it', () => {
    expect(decide({ permitted: [directory(name('shield'))] }, []).ok).to.equal(true)
    expect(decide({ permitted: [directory(name('another'))] }, []).ok).to.equal(false)
    const withAddress: Parameters<typeof decide>[2] = [...name('shield'), ['emailAddress', 'a@evil.cn']]
    expect(decide({ permitted: [email('host.cn')] }, [], withAddress).ok).to.equal(false)
    expect(decide({ excluded: [email('host.cn')] }, [], withAddress).ok).to.equal(true)
  })

  it('leave kinds alone that they do not name', () =>
    expect(accepted({ permitted: [dns('a.cn')] }, uri('http://b.cn/'), email('a@b.cn'))).to.equal(true))

  it('of several CAs hold together: one cannot widen what the one above it allowed', () => {
    const outer = makeUnder(root, 'Outer', { profile: 'ca', extensions: [constraints({ permitted: [dns('a.cn')] })] })
    const inner = makeUnder(outer, 'Inner', { profile: 'ca', extensions: [constraints({ permitted: [dns('b.cn'), dns('x.a.cn')] })] })
    const ask = (host: string) => {
      const leaf = makeUnder(inner, 'x', { keys, extensions: [altNames(dns(host))] })
      return verifyChain({ leaf: leaf.certificate, intermediates: [outer.certificate, inner.certificate], roots: [root.certificate], at }).ok
    }
    expect([ask('x.a.cn'), ask('y.a.cn'), ask('b.cn')]).to.deep.equal([true, false, false])
  })

  it('of the anchor bind as well; a CA that renews itself is free of them, a leaf never', () => {
    const limits = constraints({ permitted: [directory(name('shield'))] })
    const anchor = makeRoot('Anchor', { extensions: [limits] })
    const renewed = makeUnder(anchor, 'Anchor', { profile: 'ca', keys: newKey.SM2() })
    const ask = (common: string) => {
      const leaf = makeUnder(renewed, common)
      return verifyChain({ leaf: leaf.certificate, intermediates: [renewed.certificate], roots: [anchor.certificate], at }).ok
    }
    expect([ask('shield'), ask('other')]).to.deep.equal([true, false])
    const selfIssued = makeUnder(anchor, 'Anchor', { keys: newKey.SM2() })
    expect(verifyChain({ leaf: selfIssued.certificate, intermediates: [], roots: [anchor.certificate], at }).ok).to.equal(false)
  })

  it('that cannot be read, or mean what nobody knows, refuse the path', () => {
    const raw = (der: Buffer): Made => ({ oid: '2.5.29.30', der })
    for (const [what, der] of Object.entries({
      'of nothing': sequence(),
      'an empty list': sequence(context(0)),
      'a minimum distance': sequence(context(0, sequence(dns('a.cn'), primitive(0, Buffer.of(1))))),
      'a maximum distance': sequence(context(0, sequence(dns('a.cn'), primitive(1, Buffer.of(1))))),
      'a mask with a hole': sequence(context(0, sequence(ip(10, 0, 0, 0, 255, 0, 255, 0)))),
      'a mask too short': sequence(context(0, sequence(ip(10, 0, 0, 0, 255)))),
      'a host that is none': sequence(context(0, sequence(dns('a..cn')))),
      'no sequence': integer(1),
      'an unknown kind': sequence(context(0, sequence(oid('1.2.3')))),
    }))
      expect(decide(raw(der), [dns('a.cn')]), what).to.include({ ok: false, code: 'certificate_malformed' })
  })

  it('in a certificate that is no CA refuse it', () => {
    const leaf = makeUnder(root, 'x', { extensions: [constraints({ excluded: [dns('a.cn')] })] })
    expect(verifyChain({ leaf: leaf.certificate, intermediates: [], roots: [root.certificate], at }).ok).to.equal(false)
  })

  it('refuse names that cannot be read; without constraints, odd ones do no harm unless critical', () => {
    const odd = { oid: '2.5.29.17', der: Buffer.from('junk') }
    const ask = (limits: Made[], critical: boolean) => {
      const ca = makeUnder(root, 'CA', { profile: 'ca', extensions: limits })
      const leaf = makeUnder(ca, 'x', { keys, extensions: [{ ...odd, critical }] })
      return verifyChain({ leaf: leaf.certificate, intermediates: [ca.certificate], roots: [root.certificate], at }).ok
    }
    expect([ask([], false), ask([], true), ask([constraints({ excluded: [dns('a.cn')] })], false)]).to.deep.equal([true, false, false])
  })
})
