import { createHash } from 'node:crypto'
import { BrokerError } from '../../kernel/errors.ts'
import type { Sealing } from '../../kernel/sealing.ts'
import { Certificate } from '../../pki/certificate.ts'
import type { Ask } from '../../storage/stores-authorization.ts'
import { KIND, type Secret, wrapTo } from '../envelope/part.ts'
import type { Openings } from '../opening/openings.ts'
import type { Who } from '../opening/ports.ts'
import { bidPath } from '../pages/words.ts'
import { forApp } from '../parts.ts'
import { type PhoneQuestion, type Questions, type SignedBy, subjectOf } from './question.ts'

/**
 * Whether the app on the phone has the key of a certificate that the bid is encrypted to. Owns that this is found out without the key of the bid: the app decrypts secrets made for this one question, and answers with a
 * digest, so that not even a platform that asked with a part of the bid would learn its key. It says nothing of the envelope: that its content opens was seen where it was encrypted.
 *
 * `ask` @throws BrokerError bid_unknown, bid_wrong_state where the bid waits no more or its certificates are not kept
 */
export type KeyTest = PhoneQuestion

export interface KeyTestDeps {
  questions: Questions
  signedBy: SignedBy
  sealing: Pick<Sealing, 'code'>
  openings: Pick<Openings, 'ownBid' | 'phoneTested'>
  /** the person, as the evidence names them */
  nameOf(membershipId: string): Promise<Who['by']>
}

export function createKeyTest({ questions, signedBy, sealing, openings, nameOf }: KeyTestDeps): KeyTest {
  const sm3 = (...octets: (Buffer | string)[]): Buffer => octets.reduce((hash, each) => hash.update(each), createHash('sm3')).digest()
  /** made again whenever it is needed, and kept nowhere: another one for each question and certificate */
  const secretFor = ({ id }: Ask, { thumbprint }: Certificate): Secret => ({
    kind: KIND.keyTest,
    place: 0,
    value: sm3(sealing.code(`${id} ${thumbprint}`, 'bid key test')),
  })
  const bindingOf = ({ id }: Ask): Buffer => sm3(`bid key test ${id}`)

  async function waiting(openingId: string, uscc: Parameters<Openings['ownBid']>[1]) {
    const { state, certificates, file } = await openings.ownBid(openingId, uscc)
    const kept = certificates.flatMap(({ der }) => (der === undefined ? [] : [new Certificate(Buffer.from(der, 'base64'))]))
    if (state !== 'waiting' || kept.length === 0) throw new BrokerError('bid_wrong_state', 'there is nothing to test', { received: state })
    return { file, certificates: kept }
  }

  return {
    of: (visit, opening, id) => questions.of('bid-key-test', visit, opening, id),
    async ask(visit, opening, from) {
      if (opening.state !== 'announced')
        throw new BrokerError('bid_wrong_state', 'tests are made before the opening', { received: opening.state, expected: 'announced' })
      const { file } = await waiting(opening.id, visit.bidder.uscc)
      const what = { zh: '试手机银行的解密钥匙（不解密标书）', en: 'Try the app’s key, not the bid' }
      return await questions.open('bid-key-test', visit, opening, { from, what, lines: [`标书信封SM3:${file.sm3}`] })
    },
    answers: {
      back: ask => bidPath(subjectOf(ask).openingId, `key-test/${ask.id}`),
      fetches: {
        async request(ask) {
          const { openingId, uscc } = subjectOf(ask)
          const { certificates } = await waiting(openingId, uscc)
          return {
            kind: 'key-test',
            text: ask.text ?? '',
            parts: certificates.map(each => forApp(wrapTo(each, secretFor(ask, each), bindingOf(ask)))),
          }
        },
      },
      async prove(ask, { cms = '', found = '' }) {
        const { membershipId = '' } = ask
        const { openingId, uscc } = subjectOf(ask)
        await signedBy(membershipId, { text: ask.text ?? '', cms })
        const proven = (await waiting(openingId, uscc)).certificates.find(each => {
          const { kind, place, value } = secretFor(ask, each)
          return sm3(Buffer.of(kind, place), value, bindingOf(ask)).toString('base64') === found
        })
        if (proven === undefined) throw new BrokerError('bid_not_for_this_key', 'the app did not find what was encrypted for it')
        return {
          by: [membershipId],
          async apply() {
            await openings.phoneTested(openingId, uscc, proven.thumbprint, { by: await nameOf(membershipId), trace: ask.trace })
          },
        }
      },
    },
  }
}
