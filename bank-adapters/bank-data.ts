import { z } from 'zod'
import { ASSURANCE } from '../server/kernel/assurance.ts'

/**
 * A bank is data. This schema is the whole of what the broker knows of one; a bank's file holds nothing else, and a new bank is one such file
 * (banks/*.ts for those we ship, any JSON or YAML file named in the configuration for the others).
 */
const words = z.object({ zh: z.string().min(1).max(60), en: z.string().min(1).max(60) })

/** the bank's own words to ours; a word that is not here refuses the login */
const assuranceWords = z.record(z.string(), z.enum(ASSURANCE))
const roleWords = z.record(z.string(), z.enum(['legal-representative', 'operator']))

const common = {
  /** short, lower case, stable: it stands in claims, metrics and the audit record */
  id: z.string().regex(/^[a-z][a-z0-9-]{1,15}$/),
  name: words,
  /** the one or two letters and the colour of the mark on the chooser; no bank's own logo is used */
  mark: z.object({ text: z.string().min(1).max(4), color: z.string().regex(/^#[0-9a-f]{6}$/) }),
  /** pinyin, abbreviations and old names that the chooser's search finds */
  search: z.array(z.string().max(40)).max(20).default([]),
  /** PEM file of the CA certificates that may issue this bank's shields; roots are the self-signed ones */
  anchors: z.string(),
  /** how this bank's issuer writes the company into a certificate (server/pki/subject-profiles.ts) */
  subjectProfile: z.enum(['cfca-cn', 'cfca-cn-swapped', 'gbt20518']),
  /** hosts this bank's metadata, keys, CRL and OCSP may be fetched from */
  hosts: z.array(z.string().max(255)).min(1).max(20),
  /** where to unlock or renew a shield, shown on errors */
  help: z.object({ zh: z.string().min(1).max(200), en: z.string().min(1).max(200) }),
  /** the page of the bank's mobile app that signs a text; without it nobody logs in by phone at this bank */
  appUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** origins of the bank's login pages beside that of its address: our pages' forms may lead there */
  pageOrigins: z.array(z.url()).max(5).default([]),
}

const oidcBank = z.strictObject({
  ...common,
  protocol: z.literal('oidc'),
  issuer: z.url(),
  clientId: z.string(),
  scope: z.string().default('openid profile'),
  /** the bank's names for our words */
  claims: z.object({
    name: z.string(),
    idDigest: z.string(),
    seats: z.string(),
    uscc: z.string(),
    enterprise: z.string(),
    role: z.string(),
    certificate: z.string(),
  }),
  /** by acr value */
  assurance: assuranceWords,
  roles: roleWords,
})

const samlBank = z.strictObject({
  ...common,
  protocol: z.literal('saml'),
  entityId: z.string(),
  signOnUrl: z.url(),
  logoutUrl: z.url(),
  /** PEM file of the certificate(s) that sign this bank's assertions */
  signingCertificates: z.string(),
  /** the bank's names for our words; `seats` has one value a company, `USCC|name|role` */
  attributes: z.object({ name: z.string(), idDigest: z.string(), seats: z.string(), certificate: z.string() }),
  /** by AuthnContextClassRef */
  assurance: assuranceWords,
  roles: roleWords,
})

const shieldBank = z.strictObject({
  ...common,
  protocol: z.literal('shield'),
  agentUrl: z.url(),
  /** algorithms this bank's shields sign with */
  algorithms: z.array(z.enum(['SM2', 'RSA'])).min(1),
  assurance: z.enum(ASSURANCE).default('shield'),
  /** seconds a challenge may wait for its signature */
  challengeSeconds: z.number().int().min(30).max(600).default(180),
})

export const bankData = z.discriminatedUnion('protocol', [oidcBank, samlBank, shieldBank])
export type BankData = z.infer<typeof bankData>
export type OidcBank = z.infer<typeof oidcBank>
export type SamlBank = z.infer<typeof samlBank>
export type ShieldBank = z.infer<typeof shieldBank>
/** A bank's file before defaults are filled in; where it ships, with placeholders for what the configuration says. */
export type BankInput = z.input<typeof bankData>
