/** Time stamps: tokens, requests to our authority, and answers of another. */

import { verifyTimestamp } from '../../server/pki/timestamp.ts'
import { digestOf } from '../../server/pki/timestamp-algorithms.ts'
import { newNonce, writeTimestampRequest } from '../../server/pki/timestamp-request.ts'
import { readTimestampResponse } from '../../server/pki/timestamp-response.ts'
import { at } from '../pki/hierarchy.ts'
import { authorityOf, POLICY, root, tsa } from '../pki/timestamp-stage.ts'
import { seedOf } from './mutate.ts'
import { type Answer, type Target, targetOf } from './target.ts'

const data = Buffer.from('投标文件')

export async function timeTargets(guarded: (run: () => Answer) => Answer): Promise<Target[]> {
  const nonce = newNonce()
  const requests = (['sm3', 'sha256', 'sha512'] as const).map(digest =>
    writeTimestampRequest({ imprint: { digest, hash: digestOf(digest, data) }, nonce, ...(digest === 'sm3' ? { policy: POLICY } : {}) }),
  )
  const answers = await Promise.all(Object.values(tsa).map((party, i) => authorityOf(party).answer(requests[i] ?? Buffer.of())))
  const tokens = answers.map(answer => {
    const read = readTimestampResponse(answer)
    return read.state === 'granted' ? read.token : Buffer.of()
  })
  const refusal = await authorityOf(tsa.SM2).answer(Buffer.of())
  const authority = authorityOf(tsa.SM2)
  const question = { of: { data }, nonce, roots: [root.certificate], at }
  return [
    await targetOf({
      name: 'timestamp',
      weight: 11,
      seeds: tokens.map(seedOf),
      run: token => {
        const verdict = verifyTimestamp({ token, ...question })
        return verdict.ok ? { accepted: JSON.stringify([verdict.info, verdict.signer.thumbprint]) } : 'refused'
      },
    }),
    await targetOf({
      name: 'timestamp-answer',
      weight: 4,
      seeds: [...answers, refusal].map(seedOf),
      run: input =>
        guarded(() => {
          readTimestampResponse(input)
          return { accepted: 'read' }
        }),
    }),
    await targetOf({
      name: 'timestamp-request',
      weight: 4,
      seeds: requests.map(seedOf),
      run: async input => {
        // whatever it is asked, the authority answers something that can be read
        readTimestampResponse(await authority.answer(input))
        return { accepted: 'read' }
      },
    }),
  ]
}
