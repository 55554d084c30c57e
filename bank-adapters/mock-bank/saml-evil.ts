/** Owns what a misbehaving identity provider posts instead of the honest response (evil.ts says what each is). */
import { hours } from '../../server/kernel/clock.ts'
import type { Evil } from './evil.ts'
import { assertionXml, newSamlId, type ResponseFacts, responseXml, signedResponse } from './saml-response.ts'
import { type KeySigner, newSamlSigner } from './saml-signer.ts'

/**
 * @param other another bank's entity id: `mixed-up` answers as that bank, with a key of its own
 * @param victim whom the forged assertion of a wrapping attack names
 */
export function createSamlForger(input: { signer: KeySigner; other(): string; victim(facts: ResponseFacts): Partial<ResponseFacts> }) {
  let earlier: string | undefined
  const others = new Map<string, KeySigner>()
  const signerOf = (name: string, now: Date): KeySigner => {
    const known = others.get(name) ?? newSamlSigner(name, now)
    others.set(name, known)
    return known
  }

  return (facts: ResponseFacts, evil: Evil | undefined): string => {
    const honest = signedResponse(facts, input.signer)
    const replayed = earlier
    earlier = honest
    const forged: ResponseFacts = { ...facts, ...input.victim(facts) }
    switch (evil) {
      case 'wrong-issuer':
        return signedResponse({ ...facts, issuer: 'https://bank.example/saml' }, input.signer)
      case 'wrong-audience':
        return signedResponse({ ...facts, audience: 'https://another-relying-party.example' }, input.signer)
      case 'wrong-nonce':
        return signedResponse({ ...facts, inResponseTo: newSamlId() }, input.signer)
      case 'expired': {
        const before = (date: Date) => new Date(date.getTime() - hours(2))
        return signedResponse({ ...facts, now: before(facts.now), authenticatedAt: before(facts.authenticatedAt) }, input.signer)
      }
      case 'wrong-key':
        return signedResponse(facts, signerOf('stranger', facts.now))
      case 'alg-none':
        return signedResponse(facts, { hmac: input.signer.certificatePem, certificatePem: input.signer.certificatePem })
      case 'unsigned':
        return signedResponse(facts, input.signer, { assertion: false, response: false })
      case 'unsigned-assertion':
        return signedResponse(facts, input.signer, { assertion: false, response: true })
      case 'wrapped':
        // XSW3: a forged assertion before the signed one, which still verifies by its ID
        return honest.replace('<saml:Assertion ', match => assertionXml(forged, newSamlId()) + match)
      case 'wrapped-response':
      case 'wrapped-object':
        return wrapResponse(honest, forged, evil)
      case 'commented-name':
        return honest.replace(
          /(<saml:NameID [^>]*>)([^<]+)(<)/,
          (_, start: string, name: string, end: string) => `${start}${name.slice(0, -2)}<!-- -->${name.slice(-2)}${end}`,
        )
      case 'replayed':
        return replayed ?? honest
      case 'mixed-up':
        return signedResponse({ ...facts, issuer: input.other() }, signerOf(input.other(), facts.now))
      default:
        return honest
    }
  }
}

/** XSW1 and XSW2: the signed response moves inside a forged one, which carries its signature; the forged assertion carries the signature of the moved one. */
function wrapResponse(honest: string, forged: ResponseFacts, evil: 'wrapped-response' | 'wrapped-object'): string {
  const [outer = '', inner = ''] = honest.match(/<ds:Signature [\s\S]*?<\/ds:Signature>/g) ?? []
  const original = honest.replace(outer, '')
  const assertion = assertionXml(forged, newSamlId()).replace('</saml:Issuer>', `</saml:Issuer>${inner}`)
  const response = responseXml(forged, newSamlId(), assertion)
  const carried =
    evil === 'wrapped-object'
      ? outer.replace('</ds:Signature>', `<ds:Object>${original}</ds:Object></ds:Signature>`)
      : `${outer}<samlp:Extensions>${original}</samlp:Extensions>`
  return response.replace('</saml:Issuer>', `</saml:Issuer>${carried}`)
}
