/** What is fuzzed: every reader and verifier of server/pki that a stranger's bytes reach, with real files where they are at hand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BrokerError } from '../../server/kernel/errors.ts'
import { Certificate } from '../../server/pki/certificate.ts'
import { signCms, verifyCms } from '../../server/pki/cms.ts'
import { readCrl } from '../../server/pki/crl.ts'
import { children, onlyElement } from '../../server/pki/der.ts'
import { decryptCmsStream } from '../../server/pki/enveloped-decrypt.ts'
import { encryptCmsStream } from '../../server/pki/enveloped-encrypt.ts'
import { certificateId, issueCrl, issueOcspResponse } from '../../server/pki/issue-revocation.ts'
import { readOcspResponse } from '../../server/pki/ocsp.ts'
import { verifyChain } from '../../server/pki/path.ts'
import { pem, pemBlocks, toDer } from '../../server/pki/pem.ts'
import { readSubject } from '../../server/pki/subject-profiles.ts'
import {
  altNames,
  constraints,
  extendedUsage,
  general,
  inhibitAny,
  issuingPoint,
  mappings,
  points,
  policies,
  policyConstraints,
} from '../pki/handmade.ts'
import { at, makeRoot, makeUnder } from '../pki/hierarchy.ts'
import { seedOf } from './mutate.ts'
import { type Answer, type Target, targetOf } from './target.ts'
import { bidTargets } from './targets-bids.ts'
import { documentTargets } from './targets-documents.ts'
import { keyTargets } from './targets-keys.ts'
import { sealTargets } from './targets-seals.ts'
import { timeTargets } from './targets-time.ts'

const root = makeRoot('Fuzz Root')
const ca = makeUnder(root, 'Fuzz CA', { profile: 'ca', pathLength: 0 })
const rsaRoot = makeRoot('Fuzz RSA', {}, 'RSA')
const USCC = '91350200556207664B'
const leaf = makeUnder(ca, `RA@示例公司@N${USCC}@1`, { crlUrl: 'http://crl.test/1.crl', ocspUrl: 'http://ocsp.test/' })
const encrypt = makeUnder(ca, 'Encrypt', { profile: 'encrypt' })
const rsa = makeUnder(rsaRoot, 'RSA Leaf', {}, 'RSA')
const ecdsa = makeUnder(ca, 'ECDSA Leaf', {}, 'ECDSA')

/** Runs what may refuse with a BrokerError, and with nothing else. */
function guarded(run: () => Answer): Answer {
  try {
    return run()
  } catch (thrown) {
    if (thrown instanceof BrokerError && thrown.code !== 'internal') return 'refused'
    throw thrown
  }
}

async function guardedLater(run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run()
  } catch (thrown) {
    if (thrown instanceof BrokerError && thrown.code !== 'internal') return 'refused'
    throw thrown
  }
}

/** The same where nothing is decided by it. */
const attempt = (run: () => unknown): Answer =>
  guarded(() => {
    run()
    return 'read'
  })

/** Real files beside the project; none where they are not. */
function real(...parts: string[]): Buffer[] {
  const folder = resolve('..', 'shared', 'trust', ...parts)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map(file => readFileSync(join(folder, file)))
}
const realCertificates = (...folder: string[]): Certificate[] => real(...folder).map(bytes => new Certificate(toDer(bytes, 65_536)))

/** The signed part of a certificate, CRL or answer: all that counts. How the signature itself is written may differ within what sm2-signature.ts reads. */
const signedPart = (der: Buffer): string => children(onlyElement(der))[0]?.raw.toString('base64') ?? ''

/** A CA that limits names and policies, and a leaf that keeps within them: the extensions that take the most reading. */
function limited() {
  const POLICY = '1.2.156.112554.1'
  const permitted = [general.dns('example.test'), general.ip(10, 0, 0, 0, 255, 0, 0, 0), general.directory([['C', 'CN']])]
  const above = makeUnder(root, 'Limited CA', {
    profile: 'ca',
    extensions: [
      constraints({ permitted, excluded: [general.email('bad.test'), general.uri('.bad.test')] }),
      policies(POLICY, '1.2.3.4'),
      mappings([POLICY, '1.2.3.5']),
      policyConstraints({ explicit: 2, mapping: 1 }),
      inhibitAny(1),
    ],
  })
  const below = makeUnder(above, 'Limited Leaf', {
    extensions: [
      altNames(general.dns('a.example.test'), general.ip(10, 1, 2, 3), general.email('x@good.test'), general.uri('https://good.test/')),
      policies('1.2.3.5'),
      extendedUsage(false, '1.3.6.1.5.5.7.3.2'),
      points({ name: [general.uri('http://crl.test/2.crl')], reasons: [1, 2], issuer: general.directory([['CN', 'Lists']]) }),
    ],
  })
  return { above, below }
}

async function certificates(): Promise<Target> {
  const { above, below } = limited()
  const roots = [root.certificate, rsaRoot.certificate, ...realCertificates('roots')]
  const intermediates = [ca.certificate, above.certificate, ...realCertificates('ca').slice(0, 20)]
  const seeds = [root, ca, leaf, encrypt, rsa, ecdsa, above, below].map(each => seedOf(each.certificate.der))
  const known = [...realCertificates('ca').slice(0, 20), ...realCertificates('roots')].map(each => seedOf(each.der))
  const time = existsSync(resolve('..', 'shared', 'trust')) ? new Date('2026-06-01T00:00:00Z') : at
  const others = realCertificates('bank').map(each => seedOf(each.der))
  return await targetOf({
    name: 'certificate',
    weight: 24,
    seeds: [...seeds, ...known, ...others],
    silent: others.length,
    run: input =>
      guarded(() => {
        const certificate = new Certificate(input)
        for (const profile of ['cfca-cn', 'gbt20518'] as const) attempt(() => readSubject(profile, certificate))
        const result = verifyChain({ leaf: certificate, roots, intermediates, at: time })
        // the hostile one as a CA over a good leaf: what it limits is then read as well
        const under = verifyChain({ leaf: below.certificate, roots, intermediates: [certificate], at: time })
        if (under.ok && !under.path.some(each => each.der.equals(above.certificate.der)) && signedPart(input) !== signedPart(above.certificate.der))
          return { accepted: 'a path over a changed CA' }
        return result.ok ? { accepted: signedPart(input) } : 'read'
      }),
  })
}

async function crls(): Promise<Target> {
  const entries = Array.from({ length: 20 }, (_, i) => ({
    serial: `1${i.toString().padStart(7, '0')}`,
    at,
    ...(i % 2 ? { reason: 'superseded' as const } : {}),
  }))
  const issue = (issuer: typeof root, number: number) =>
    issueCrl({ issuer, number, thisUpdate: at, nextUpdate: new Date(at.getTime() + 86_400_000), entries })
  const times = { thisUpdate: at, nextUpdate: new Date(at.getTime() + 86_400_000) }
  const delta = issueCrl({ issuer: ca, number: 301, base: 300, ...times, entries })
  const scope = issuingPoint({ name: [general.uri('http://crl.test/1.crl')], reasons: [1, 2], entries: 'indirect' })
  const indirect = issueCrl({
    issuer: ca,
    number: 302,
    ...times,
    scope,
    entries: [{ serial: leaf.certificate.serial, at, issuer: leaf.certificate }],
  })
  const realRoots = realCertificates('roots')
  const realCas = realCertificates('ca')
  const questions = [
    { certificate: ca.certificate, issuer: root.certificate },
    { certificate: leaf.certificate, issuer: ca.certificate },
    { certificate: rsa.certificate, issuer: rsaRoot.certificate },
    ...realRoots.map(issuer => ({ certificate: realCas.find(each => each.issuer.key === issuer.subject.key) ?? issuer, issuer })),
  ]
  return await targetOf({
    name: 'crl',
    weight: 13,
    seeds: [...[issue(root, 1), issue(ca, 300), issue(rsaRoot, 7), delta, indirect], ...real('crl').map(bytes => toDer(bytes, 1_000_000))].map(
      seedOf,
    ),
    silent: 2,
    run: input =>
      guarded(() => {
        const crl = readCrl(input)
        for (const { serial } of entries.slice(0, 3)) crl.entry(serial)
        crl.isFresh(at)
        attempt(() => verifyChain({ leaf: leaf.certificate, roots: [root.certificate], intermediates: [ca.certificate], at, crls: [crl] }))
        const fit = questions.some(({ certificate, issuer }) => crl.unfitFor(certificate, issuer) === undefined)
        return fit ? { accepted: signedPart(toDer(input, 1_000_000)) } : 'read'
      }),
  })
}

async function ocsp(): Promise<Target> {
  const responder = makeUnder(ca, 'Responder', { profile: 'ocsp' })
  const times = { producedAt: at, thisUpdate: at, nextUpdate: new Date(at.getTime() + 3_600_000) }
  const id = (hash: string) => certificateId(ca.certificate, leaf.certificate.serial, hash)
  const made = [
    issueOcspResponse({ responder: ca, answers: [{ id: id('1.3.14.3.2.26'), status: 'good' }], ...times, nonce: Buffer.alloc(16, 7) }),
    issueOcspResponse({ responder, answers: [{ id: id('1.2.156.10197.1.401'), status: 'good' }], ...times }),
    issueOcspResponse({ responder, answers: [{ id: id('1.3.14.3.2.26'), status: { revokedAt: at } }], ...times }),
  ]
  const tbsOf = (der: Buffer): string => {
    const bytes = children(children(onlyElement(der))[1]?.content ?? Buffer.of())[0]?.content ?? Buffer.of()
    return children(onlyElement(children(bytes)[1]?.content ?? Buffer.of()))[0]?.raw.toString('base64') ?? ''
  }
  return await targetOf({
    name: 'ocsp',
    weight: 13,
    seeds: made.map(seedOf),
    run: input =>
      guarded(() => {
        const { status } = readOcspResponse(input).verdict(leaf.certificate, ca.certificate, at)
        return status === 'unknown' ? 'read' : { accepted: tbsOf(input) }
      }),
  })
}

async function cms(): Promise<Target> {
  const content = Buffer.from('登录挑战 login challenge')
  const parties = [leaf, rsa, ecdsa]
  const roots = [root.certificate, rsaRoot.certificate]
  return await targetOf({
    name: 'cms',
    weight: 10,
    seeds: parties.map(party => seedOf(signCms({ content, ...party, detached: false, chain: [ca.certificate], signingTime: at }))),
    run: input =>
      guarded(() => {
        const found = verifyCms({ cms: input })
        const result = verifyChain({ leaf: found.signer, roots, intermediates: [...found.certificates], at })
        if (!result.ok) return 'read'
        return { accepted: [found.content.toString('base64'), found.signer.tbs.toString('base64'), found.signingTime?.toISOString()].join() }
      }),
  })
}

/** Enveloped data is secret and not authenticated: whatever comes out is no truth, so only crashes, other errors and time count here. */
async function enveloped(): Promise<Target> {
  const content = Buffer.from('投标文件 bid document '.repeat(20))
  const twoParties = [encrypt, makeUnder(rsaRoot, 'RSA Encrypt', { profile: 'encrypt' }, 'RSA')]
  const made = (recipients: typeof twoParties, size?: number) =>
    collected(encryptCmsStream({ content, recipients: recipients.map(each => each.certificate), ...(size === undefined ? {} : { size }) }))
  const seeds = [await made([encrypt], content.length), await made(twoParties, content.length), await made([encrypt])]
  return await targetOf({
    name: 'enveloped',
    weight: 1,
    seeds: seeds.map(seedOf),
    run: async input => {
      try {
        await collected(decryptCmsStream(input, encrypt))
        return { accepted: 'opened' }
      } catch (thrown) {
        if (thrown instanceof BrokerError && thrown.code !== 'internal') return 'refused'
        throw thrown
      }
    },
  })
}

async function collected(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function text(): Promise<Target> {
  const made = [pem(leaf.certificate.der), pem(rsa.certificate.der) + pem(ca.certificate.der), leaf.certificate.der.toString('base64')]
  return await targetOf({
    name: 'text',
    weight: 5,
    seeds: made.map(each => seedOf(Buffer.from(each))),
    run: input =>
      guarded(() => {
        const blocks = pemBlocks(input, 65_536)
        for (const der of blocks) attempt(() => new Certificate(der))
        return { accepted: 'read' }
      }),
  })
}

export async function allTargets(): Promise<Target[]> {
  const own = await Promise.all([certificates(), crls(), ocsp(), cms(), enveloped(), text()])
  return [
    ...own,
    ...(await timeTargets(guarded)),
    ...(await keyTargets(guarded)),
    ...(await sealTargets(guarded)),
    ...(await bidTargets()),
    ...(await documentTargets(guardedLater)),
  ]
}
