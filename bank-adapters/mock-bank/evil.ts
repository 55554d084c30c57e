/**
 * The ways in which a bank of the mock can be told to misbehave, so that whoever relies on banks can be shown to notice. Each goes over the wire exactly as an
 * attacker or a broken bank would send it (oidc-evil.ts, saml-evil.ts); a bank that speaks only through certificates has nothing to forge here.
 */
const EVILS = [
  /** names another issuer, signed with the right key */
  'wrong-issuer',
  /** meant for another relying party */
  'wrong-audience',
  /** another nonce; in SAML, another InResponseTo */
  'wrong-nonce',
  /** made two hours ago and over since one */
  'expired',
  /** signed by a key that is not the bank's, under the bank's name for its key */
  'wrong-key',
  /** OpenID Connect: the algorithm none. SAML: an HMAC under the bank's public certificate as the secret */
  'alg-none',
  /** the signature taken out */
  'unsigned',
  /** SAML: only the assertion's own signature taken out, the response stays signed */
  'unsigned-assertion',
  /** the signed part kept where a careless reader verifies it, a forged identity put where it reads; OpenID Connect: the payload exchanged under the signature */
  'wrapped',
  /** SAML: the signed response inside an Extensions element of a forged one */
  'wrapped-response',
  /** SAML: the signed assertion inside its own signature's Object */
  'wrapped-object',
  /** SAML: a comment that cuts the name identifier in two after signing, which canonicalisation does not see */
  'commented-name',
  /** the answer to an earlier login once more; honest while there is none */
  'replayed',
  /** another bank's answer, signed with that bank's key */
  'mixed-up',
  /** the bank names a company that is not the one in the shield's certificate */
  'identity-mismatch',
  /** the bank does not answer any more */
  'unreachable',
] as const

export type Evil = (typeof EVILS)[number]
