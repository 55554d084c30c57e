/** Electronic seals, what they leave in documents, and signed messages in their place: read and judged, whatever comes. */
import { children, onlyElement } from '../../server/pki/der.ts'
import { bits, integer, octets, oid, sequence } from '../../server/pki/der-write.ts'
import { sm3 } from '../../server/pki/sm2.ts'
import { answerOf } from '../../server/seals/report.ts'
import { generalizedTime, ia5 } from '../../server/seals/ses/make.ts'
import { readSeal } from '../../server/seals/ses/seal.ts'
import { createCmsValue } from '../../server/seals/values/cms-value.ts'
import { createSesValue } from '../../server/seals/values/ses-value.ts'
import { at, ca, judgeIn, maker, question, seal, set, shield, signBy, signed, stampOver } from '../seals/ses/stage.ts'
import { seedOf } from './mutate.ts'
import { type Answer, type Target, targetOf } from './target.ts'

const SM2 = '1.2.156.10197.1.501'

/** The same with a stamp of its signature and without: a stamp that is broken leaves the rest as it was. */
function withAndWithoutStamp(value: ReturnType<typeof createSesValue>): Buffer[] {
  const signature = signBy(shield, value.toSign(signed))
  return [value.write(signed, signature), value.write(signed, signature, stampOver(signature, at))]
}

/** Version 1 of both, by the same parties. */
function versionOne(): Buffer {
  const [part] = children(onlyElement(seal))
  const [header, id, property, picture] = part === undefined ? [] : children(part).map(({ raw }) => raw)
  const fields = children(onlyElement(property ?? sequence())).map(({ raw }) => raw)
  const [vid = Buffer.of()] = header === undefined ? [] : [children(onlyElement(header))[2]?.raw ?? Buffer.of()]
  const info = sequence(
    sequence(ia5('ES'), integer(1), vid),
    id ?? Buffer.of(),
    sequence(...fields.filter((_, i) => i !== 2)),
    picture ?? Buffer.of(),
  )
  const by = [octets(maker.certificate.der), oid(SM2)]
  const made = sequence(info, sequence(...by, bits(signBy(maker, sequence(info, ...by)))))
  const tail = [bits(signed.digest), ia5(signed.property), octets(shield.certificate.der), oid(SM2)]
  const toSign = sequence(integer(1), made, generalizedTime(at), ...tail)
  return sequence(toSign, bits(signBy(shield, toSign)))
}

export async function sealTargets(guarded: (run: () => Answer) => Answer): Promise<Target[]> {
  const judge = judgeIn()
  const messages = withAndWithoutStamp(createCmsValue({ certificate: shield.certificate, chain: [ca.certificate], signingTime: true }))
  const carrying = set(createCmsValue({ certificate: shield.certificate, carries: 'digest', signingTime: true }), shield)
  const values = [...withAndWithoutStamp(createSesValue({ seal, certificate: shield.certificate })), ...messages, carrying, versionOne()]
  return [
    await targetOf({
      name: 'seal-value',
      weight: 12,
      seeds: values.map(seedOf),
      run: async input => {
        const { checks, signer, claimedAt, provenAt, embeddedSeal, kind } = await judge.value(input, question)
        if (kind === 'unknown') return 'refused'
        const all = (['intact', 'trusted', 'valid'] as const).every(of => answerOf(checks, of) === 'yes')
        const said = [kind, signer?.certificate.thumbprint, claimedAt, provenAt, embeddedSeal === undefined ? '' : sm3(embeddedSeal)]
        return all ? { accepted: JSON.stringify(said) } : 'read'
      },
    }),
    await targetOf({
      name: 'seal',
      weight: 5,
      seeds: [seedOf(seal)],
      run: input =>
        guarded(() => {
          readSeal(input)
          return { accepted: 'read' }
        }),
    }),
  ]
}
