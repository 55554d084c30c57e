/**
 * Every event the audit record knows: code to what its facts are. A code is stable for ever. One step, one event; a refusal is `login.refused` or `request.refused` with
 * the failure code among its facts.
 */
const auditEvents = {
  'login.started': 'a center asked for a login',
  'login.bank-chosen': 'the person chose a bank',
  'login.proven': 'the bank proved the person; bank, assurance, certificate thumbprint',
  'login.company-chosen': 'the person chose the company to act for',
  'login.bound': 'first binding of a person or shield to a company',
  'login.consented': 'the person agreed to share the claims with the center',
  'login.granted': 'login finished; membership, proof, assurance',
  'login.refused': 'login ended without success; failure code',
  'token.issued': 'tokens handed to a center; client, grant',
  'token.refreshed': 'a refresh token was rotated',
  'token.reuse-detected': 'a code or refresh token came a second time; its grant was revoked',
  'token.revoked': 'a center gave a token back',
  'logout.started': 'a session ended; who began it',
  'logout.notified': 'a center was told of a logout; delivery outcome',
  'logout.undelivered': 'a center could not be told of a logout; dead-lettered',
  'keys.rotated': 'a signing key changed its state',
  'trust.changed': 'an anchor or a bank was added or removed',
  'request.refused': 'a request was refused before any login; failure code',
  'platform.started': 'a process started; version, mode',
  'platform.stopped': 'a process stopped in order',
  'clock.moved': 'the sandbox test clock was moved',
} as const
export type AuditEventCode = keyof typeof auditEvents

export interface AuditEvent {
  code: AuditEventCode
  trace: string
  /** small, flat, masked: no token, PIN, key, whole certificate, id number */
  facts: Record<string, string | number | boolean>
}

/** What rooms are given to write with. Resolves once the event is durable. */
export interface Trail {
  append(...events: AuditEvent[]): Promise<void>
}
