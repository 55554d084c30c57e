/**
 * Takes secrets and personal data out of what an integrator may see. By name where a value has one, by shape where it has not; when in doubt it cuts. It is a second
 * line: whoever writes a step should not put a secret in.
 */
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'pin',
  'code',
  'ticket',
  'code_verifier',
  'state',
  'nonce',
  'relaystate',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'id_token_hint',
  'logout_token',
  'client_secret',
  'client_assertion',
  'request',
  'private_key',
  'certificate',
  'signature',
  'memo',
  'samlrequest',
  'samlresponse',
]
const CUT = '[redacted]'
const LONGEST = 500

const byName = new Set(SECRET_NAMES)
const inQuery = new RegExp(`([?&;#\\s]|^)((?:${SECRET_NAMES.join('|')})=)[^&;#\\s"']+`, 'gi')

const SHAPES: [RegExp, string][] = [
  [/-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g, '[PEM]'],
  // three parts of base64url, the first a JSON object
  [/\beyJ[\w-]{5,}\.[\w-]*\.?[\w-]*\.?[\w-]*\.?[\w-]*/g, '[JWT]'],
  [/\b(Bearer|Basic|DPoP)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  // a resident identity number: region, birthday, sequence, check character (GB 11643)
  [/\b\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]\b/g, '[id number]'],
  [/\b1[3-9]\d{9}\b/g, '[phone]'],
  // certificates, signatures and keys in base64 or hexadecimal; an SM3 or SHA-256 digest of 64 characters stays
  [/[A-Za-z0-9+/_-]{100,}={0,2}/g, '[long value]'],
]

/** @param text anything; the answer has at most 500 characters */
export function redactText(text: string): string {
  // bounded before the patterns run, generously, so that a cut does not leave half a secret in a shape nobody recognises
  const bounded = text.slice(0, LONGEST * 8)
  const clean = SHAPES.reduce((sofar, [shape, instead]) => sofar.replace(shape, instead), bounded).replace(inQuery, `$1$2${CUT}`)
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean
}

/** @returns at most 20 facts, names bounded too */
export function redactFacts(facts: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(facts)
      .slice(0, 20)
      .map(([name, value]) => [
        name.slice(0, 40),
        byName.has(name.toLowerCase()) ? CUT : redactText(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')),
      ]),
  )
}
