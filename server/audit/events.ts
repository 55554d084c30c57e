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
  'login.raised': 'the login needs a stronger proof than the center asked for; why, which',
  'login.consented': 'the person agreed to share the claims with the center',
  'login.waits': 'the person signed what the center asks, and others of the company have to agree first; client, evidence, how many acts wait',
  'login.authorized': 'the person agreed to what the center asks beyond the login; client, evidence, how many details',
  'login.granted': 'login finished; membership, proof, assurance',
  'login.refused': 'login ended without success; failure code',
  'device.started': 'a center asked for a code to log in a device with (RFC 8628); client, scope',
  'device.confirmed': 'a person entered the code elsewhere and said that the device is theirs; client',
  'device.refused': 'a person entered the code elsewhere and said that the device is not theirs; client',
  'ciba.notified': 'a center was told that an answer is there (ping); client',
  'ciba.undelivered': 'a center could not be told that an answer is there; dead-lettered',
  'token.issued': 'tokens handed to a center; client, grant',
  'token.refreshed': 'a refresh token was rotated',
  'token.reuse-detected': 'a code or refresh token came a second time; its grant was revoked',
  'token.exchanged': 'a center’s back end got a token with less in it for one of its own; client, whose token it was, scope, how many details',
  'token.revoked': 'a center gave a token back',
  'logout.started': 'a session ended; who began it',
  'logout.notified': 'a center was told of a logout; delivery outcome',
  'logout.undelivered': 'a center could not be told of a logout; dead-lettered',
  'timestamp.given': 'a time stamp was given; which authority, its serial number',
  'timestamp.refused': 'a request for a time stamp was refused; which authority',
  'keys.rotated': 'a signing key changed its state',
  'trust.changed': 'the trust list has a new version; number, by, approved by, why, what changed',
  'trust.proposed': 'a change of the trust list was proposed; proposal, by, why',
  'trust.rejected': 'a proposal was turned down; proposal, by',
  'trust.refused': 'a change or approval of the trust list was refused; failure code, by',
  'trust.imported': 'certificates of holders were taken in; source, added, known, bad',
  'recognition.answered': 'a center asked about certificates or signatures; client, kind, items, how many were good, outcomes',
  'recognition.challenged': 'a center was given a text to have signed; client, purpose, challenge',
  'recognition.challenge-answered': 'the signature under such a text was judged; client, purpose, challenge, outcome',
  'recognition.refused': 'a center’s question was refused as a whole; client, failure code',
  'mandate.drafted': 'a mandate was drafted; mandate, company',
  'mandate.offered': 'a mandate was signed by its giver and offered; mandate, company, certificate thumbprint',
  'mandate.accepted': 'the person named accepted and signed; mandate',
  'mandate.declined': 'the person named declined; mandate',
  'mandate.suspended': 'a mandate was suspended; mandate',
  'mandate.resumed': 'a suspended mandate is in force again; mandate',
  'mandate.revoked': 'a mandate was revoked; mandate, its place',
  'mandate.expired': 'the time of a mandate ended; mandate',
  'mandate.tampered': 'a stored mandate does not match its signature and was not honoured; mandate',
  'seal.drafted': 'an application for a seal was written; seal, company',
  'seal.applied': 'the application was signed; seal, company, certificate thumbprint',
  'seal.approved': 'the legal representative approved it and signed; seal, certificate thumbprint',
  'seal.refused': 'the application was turned down; seal',
  'seal.made': 'a seal was made and signed by the maker; seal, edition, esID, how many certificates',
  'seal.in-force': 'the time of a seal began; seal, edition',
  'seal.suspended': 'a seal was suspended; seal, certificate thumbprint',
  'seal.resumed': 'a suspended seal is in force again; seal, certificate thumbprint',
  'seal.remade': 'a new edition took the place of the one before; seal, edition, esID, certificate thumbprint',
  'seal.revoked': 'a seal was revoked for good; seal, certificate thumbprint',
  'seal.expired': 'the time of a seal ended; seal',
  'seal.tampered': 'a stored seal is not as it was written here and was not honoured; seal',
  'seal.shield-presented': 'a person showed a shield that may be put on seals; company, certificate thumbprint',
  'seal.certificate-ending': 'a certificate in a seal’s list ends soon, and its people were told; seal, certificate thumbprint, days',
  'seal.certificate-revoked': 'a certificate in a seal’s list was revoked, and its people were told; seal, certificate thumbprint',
  'seal.remake-offered': 'a person came with a shield that their seal does not list, and the remake was offered; seal, certificate thumbprint',
  'authority.used': 'an act was done in a company’s name; act, company, by whose power, mandate and place, reference',
  'authority.denied': 'an act was denied; act, failure code, mandate',
  'company.representative-changed': 'a bank names another legal representative; company, membership; what the old one gave is frozen',
  'seal.task-opened': 'documents were put before somebody of a company to be sealed; task, center, how many, bytes',
  'seal.listed': 'a person signed the list of what will be sealed; task, seal, how many, evidence, certificate thumbprint',
  'seal.set': 'a seal was set on a document; task, document, seal, SM3 of the sealed document, entry in the company’s record',
  'seal.verified': 'a document was verified for whoever had it; format, SM3, how many seals, how many of them intact',
  'seal.task-done': 'every document of a task is sealed; task',
  'seal.task-cancelled': 'a task was taken back; task',
  'seal.interface-used': 'a center’s program asked something of the interface for seals; client, operation, items, outcome',
  'seal.interface-refused': 'a request of a center’s program about seals was refused; client, failure code',
  'ask.opened': 'a person is asked something on a phone or in the inbox; ask, kind, center',
  'ask.answered': 'the answer; ask, kind, outcome',
  'authorization.answered': 'a center asked for decisions, or looked at a mandate, evidence or its webhooks; client, kind, items, outcomes',
  'authorization.refused': 'a center’s request about authorization was refused as a whole; client, failure code',
  'bid.step':
    'something happened in an opening; opening, kind, the step’s number and its SM3; whose bid it was stands in the step alone, which nobody reads before the opening',
  'webhook.changed': 'a center set up or took back a webhook; center',
  'webhook.undelivered': 'a notice to a center was given up; center, event',
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
