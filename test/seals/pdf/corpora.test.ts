import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect } from 'chai'
import { codeOfAsync } from '../../pki/hierarchy.ts'
import { codes, seal, verify, wrong } from './signing.ts'

/**
 * Others' odd files. What each is was read out of its bytes; the expectation is for each of its signatures, in the order they stand in the file: whether what one sees is what was signed, and the checks that name what
 * is odd. The judge here knows RSA and ECDSA and no other; what a value is worth is not this part's.
 */
const FOLDER = resolve('..', 'shared', 'corpora', 'pdf')

interface Expected {
  seals: { intact: 'yes' | 'no' | 'unknown'; named: string[] }[]
  findings?: string[]
  sealable?: boolean
}

const notShown = 'seal-not-shown'
const FILES: Record<string, Expected> = {
  // the value is all zeros, and an author was added later
  base: { seals: [{ intact: 'no', named: ['value-unreadable', 'metadata-changed', notShown] }], findings: ['after-last-seal'] },
  'one-byterange': { seals: [{ intact: 'no', named: ['byte-range-count', notShown] }] },
  'weird-byterange': {
    seals: [{ intact: 'no', named: ['byte-range-gap', 'revision', 'tail-uncovered', notShown] }],
    findings: ['after-last-seal'],
  },
  'signature-gap-too-big': {
    seals: [{ intact: 'no', named: ['byte-range-gap', 'revision', 'tail-uncovered', notShown] }],
    findings: ['after-last-seal'],
  },
  'tail-uncovered': { seals: [{ intact: 'no', named: ['revision', 'tail-uncovered', notShown] }], findings: ['after-last-seal'] },
  // nobody trusts the authors of these files here, so what the second of them draws is nobody's word
  // a second signer fills an empty field; what the field showed before is drawn over, and was nobody's
  'form-update-override-appearance-stream': {
    seals: [
      { intact: 'unknown', named: ['further-signatures', 'later-signature-untrusted'] },
      { intact: 'yes', named: [] },
    ],
  },
  'form-update-original-ap-type-wrong': {
    seals: [
      { intact: 'unknown', named: ['further-signatures', 'later-signature-untrusted'] },
      { intact: 'yes', named: [] },
    ],
  },
  // a private entry keeps a second way to what the second signer overwrites
  'form-update-override-appearance-stream-sneaky': {
    seals: [
      { intact: 'no', named: ['changed-after', 'further-signatures', 'later-signature-untrusted'] },
      { intact: 'yes', named: [] },
    ],
    findings: ['unknown-entries'],
  },
  'form-update-override-appearance-stream-ap-indirect-sneaky': {
    seals: [
      { intact: 'no', named: ['changed-after', 'further-signatures', 'later-signature-untrusted'] },
      { intact: 'yes', named: [] },
    ],
    findings: ['unknown-entries'],
  },
  // the same entry, and nothing overwritten that it leads to
  'form-update-no-override-appearance-stream-ap-indirect-sneaky': {
    seals: [
      { intact: 'unknown', named: ['further-signatures', 'later-signature-untrusted'] },
      { intact: 'yes', named: [] },
    ],
    findings: ['unknown-entries'],
  },
  'form-update-ap-indirect-sneaky-trailer': {
    seals: [
      { intact: 'unknown', named: ['further-signatures', 'later-signature-untrusted'] },
      { intact: 'yes', named: [] },
    ],
    findings: ['unknown-entries'],
  },
  'minimal-signed-twice-no-sig-type': {
    seals: [
      { intact: 'yes', named: ['further-signatures', 'metadata-changed', notShown] },
      { intact: 'yes', named: ['signature-type-missing', notShown] },
    ],
  },
  // linearized: its first section is its newest only by its trailer
  'minimal-two-fields-signed-twice': {
    seals: [
      { intact: 'unknown', named: ['further-signatures', 'metadata-changed', 'later-signature-untrusted'] },
      { intact: 'yes', named: [] },
    ],
  },
  // Ed448 with a digest that is not its own; and a value without signed attributes, which the small judge of these tests does not take
  'ed448-disallowed-hash': { seals: [{ intact: 'no', named: ['digest', notShown] }] },
  'sig-no-signed-attrs': { seals: [{ intact: 'no', named: ['digest', notShown] }] },
  // a detached signature that carries content all the same
  'pdf-sig-with-econtent': { seals: [{ intact: 'no', named: ['digest', notShown] }] },
  'circular-page-tree': { seals: [], findings: ['structure'], sealable: false },
  'minimal-startxref-hopeless': { seals: [], findings: ['structure'], sealable: false },
  // circles where sealing never goes: a form's fields, the structure tree
  'form-tree-circular-ref-input': { seals: [] },
  'struct-tree-circular-ref': { seals: [] },
  'minimal-hybrid-xref-weirdgen': { seals: [] },
  scribble: { seals: [] },
}

describe('published odd PDFs', () => {
  for (const [name, { seals, findings = [], sealable = true }] of Object.entries(FILES)) {
    it(name, async function () {
      const path = resolve(FOLDER, `${name}.pdf`)
      if (!existsSync(path)) this.skip()
      const document = readFileSync(path)
      const report = await verify(document)
      expect(report.seals.map(({ intact }) => intact)).to.deep.equal(seals.map(({ intact }) => intact))
      for (const [i, each] of report.seals.entries()) {
        const named = [
          ...wrong(each).filter(code => code !== 'chain'),
          ...codes(each).filter(code => ['further-signatures', 'metadata-changed', 'evidence-added'].includes(code)),
        ]
        expect([...new Set(named)].sort()).to.deep.equal([...(seals[i]?.named ?? [])].sort())
      }
      expect(report.findings.map(({ code }) => code).sort()).to.deep.equal([...findings].sort())
      const code = await codeOfAsync(() => seal(document, { places: [] }))
      expect(code).to.equal(sealable ? 'accepted' : 'seal_document_unusable')
    })
  }
})
