import type { Clock } from '../kernel/clock.ts'
import { days } from '../kernel/clock.ts'
import { BrokerError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { Certificate } from '../pki/certificate.ts'
import { issueCertificate } from '../pki/issue.ts'
import { generateSm2, signSm2 } from '../pki/sm2.ts'
import type { DocumentOrder, PersonDocuments } from '../remote-signing/ports.ts'
import { addDetachedEvidence, buildDetached, prepareDetached, verifyDetached } from '../seals/cms/detached.ts'
import { type Evidence, recognised, type SealFormat, type SealJudge, type SealOrder, type SignatureValue, type Stamp } from '../seals/contract.ts'
import { drawNameChop } from '../seals/picture/chop.ts'
import type { DocumentReport } from '../seals/report.ts'
import { createCmsValue } from '../seals/values/cms-value.ts'
import { xmlValue } from '../seals/xml/xml-value.ts'

/**
 * Documents of persons, by the seal room's formats: a signed message in PDF and OFD, XML's own signature, and beside any other file a detached message. With the person's name chop where words of a PDF say so. Owns the
 * joining, and that nothing leaves that we would not accept ourselves.
 */
export function joinPersonDocuments(deps: {
  formats: readonly SealFormat[]
  judge: SealJudge
  stamp(trace: string): Stamp
  /** paths and words about the signer and the time-stamp authority */
  evidence(certificate: Certificate): Promise<Evidence>
  clock: Clock
}): PersonDocuments {
  const { formats, judge } = deps
  let probe: Certificate | undefined

  const formatFor = (name: DocumentOrder['format']): SealFormat | undefined => formats.find(each => each.name === name)

  async function prepared(order: Pick<DocumentOrder, 'bytes' | 'format' | 'person' | 'words' | 'certificate' | 'chain' | 'at'>) {
    const { bytes, format: name, person, words, certificate, chain } = order
    const format = formatFor(name)
    // a document says its time to the second
    const at = new Date(Math.floor(order.at.getTime() / 1000) * 1000)
    const asked: SealOrder = {
      id: newId(),
      at,
      places: name === 'pdf' && words !== undefined ? [{ kind: 'keyword', words, nth: 1 }] : [],
      ...(name === 'pdf' && words !== undefined ? { picture: drawNameChop({ name: person, style: 'raised' }) } : {}),
      reason: '评标专家云签 Remote signature',
    }
    const value = valueFor(name, { certificate, chain })
    if (format !== undefined) {
      return {
        toSign: await format.prepare(bytes, asked, value),
        build: (signature: Buffer, stamp: Stamp) => format.build(bytes, asked, value, signature, stamp),
        carry: (built: Buffer, evidence: Evidence) => format.addEvidence?.(built, evidence) ?? built,
        verify: (built: Buffer) => format.verify(built, judge),
      }
    }
    const { toSign, digest } = await prepareDetached(bytes, { at }, value)
    return {
      toSign,
      build: (signature: Buffer, stamp: Stamp) => buildDetached({ digest }, { at }, value, signature, stamp),
      carry: addDetachedEvidence,
      verify: (built: Buffer) => verifyDetached({ cms: () => built, content: () => bytes, judge }),
    }
  }

  return {
    formatOf: bytes => recognised(formats, bytes)?.name ?? 'cms',
    async demandUsable(document) {
      probe ??= throwaway(deps.clock)
      await prepared({ ...document, certificate: probe, chain: [], at: deps.clock.now() })
    },
    async sign(order) {
      const { toSign, build, carry, verify } = await prepared(order)
      const bare = await build(signSm2(order.privateKey, toSign), deps.stamp(order.trace))
      const built = carry(bare, await deps.evidence(order.certificate))
      demandGood(await verify(built), order.certificate)
      return built
    },
  }
}

function valueFor(format: DocumentOrder['format'], { certificate, chain }: Pick<DocumentOrder, 'certificate' | 'chain'>): SignatureValue {
  if (format === 'xml') return xmlValue(certificate)
  if (format === 'ofd') return createCmsValue({ certificate, chain, carries: 'digest', signingTime: true })
  return createCmsValue({ certificate, chain, signingTime: format === 'cms' })
}

function demandGood({ seals }: DocumentReport, { thumbprint }: Certificate): void {
  const ours = seals.find(({ signer }) => signer?.certificate.thumbprint === thumbprint)
  const bad = ours?.checks.find(({ ok, of }) => ok === 'no' && of !== 'note')
  if (ours !== undefined && ours.intact === 'yes' && bad === undefined) return
  const received = ours === undefined ? 'it is not found' : bad === undefined ? 'not intact' : `${bad.code} ${bad.facts ?? ''}`
  throw new BrokerError('seal_malformed', `the signature that was just made does not verify: ${received}`, { received })
}

/** To see whether a document can be signed before anybody is asked to: its key signs nothing. */
function throwaway(clock: Clock): Certificate {
  const { privateKey, publicKey } = generateSm2()
  const now = clock.now()
  const notAfter = new Date(now.getTime() + days(1))
  return new Certificate(
    issueCertificate({ subject: [['CN', 'nobody']], issuer: { self: privateKey }, publicKey, notBefore: now, notAfter, profile: 'sign' }),
  )
}
