import { expect } from 'chai'
import { decryptSm2, encryptSm2, exportPublic, generateSm2 } from '../../server/pki/sm2.ts'
import { envelopSm2Key, openEnvelopedSm2Key } from '../../server/pki/sm2-enveloped-key.ts'
import { codeOf } from './hierarchy.ts'

describe('an encryption key handed to a shield', () => {
  const shield = generateSm2()
  const key = generateSm2()
  const envelope = envelopSm2Key(shield.publicKey, key.privateKey)

  it('is opened with the shield’s signing key, and decrypts what was encrypted to it', () => {
    const opened = openEnvelopedSm2Key(shield.privateKey, envelope)
    expect(exportPublic(opened.publicKey)).to.deep.equal(exportPublic(key.publicKey))
    expect(decryptSm2(opened.privateKey, encryptSm2(key.publicKey, Buffer.from('bid'))).toString()).to.equal('bid')
  })

  it('is refused to another shield, and when any part was changed', () => {
    expect(codeOf(() => openEnvelopedSm2Key(generateSm2().privateKey, envelope))).to.equal('signature_invalid')
    for (let index = 0; index < envelope.length; index += 7) {
      const changed = Buffer.from(envelope)
      changed[index] = (changed[index] ?? 0) ^ 1
      expect(
        codeOf(() => openEnvelopedSm2Key(shield.privateKey, changed)),
        `octet ${index}`,
      ).to.equal('signature_invalid')
    }
    expect(codeOf(() => openEnvelopedSm2Key(shield.privateKey, Buffer.of()))).to.equal('signature_invalid')
  })
})
