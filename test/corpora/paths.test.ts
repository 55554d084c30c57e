import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { needsShared } from '../pki/outside.ts'
import { readCases } from './cases.ts'
import { differences } from './differences.ts'
import { runTrial, type Trial } from './trial.ts'

describe('published path cases', () => {
  let trial: Trial
  before(function () {
    needsShared(this, 'corpora', 'paths')
    trial = runTrial(readCases())
  })
  const family = (name: string) => {
    const found = trial.families.find(each => each.family === name)
    if (found === undefined) throw new Error(`no cases of ${name}`)
    return found
  }

  it('are all there', () => expect(trial.families.map(({ cases }) => cases).reduce((sum, each) => sum + each, 0)).to.equal(408))
  it('none is let in that is to be refused', () => expect(trial.families.flatMap(({ falseAccepts }) => falseAccepts)).to.deep.equal([]))
  it('differ in nothing but what was reviewed, and that still does', () => expect(trial.problems).to.deep.equal([]))
  it('of PKITS: 240 of 247 at the least', () => expect(family('pkits').asExpected).to.be.at.least(240))
  it('of the BSI and of the older NIST: all', () => {
    expect(family('bsi').falseRefusals).to.deep.equal([])
    expect(family('nist-old').falseRefusals).to.deep.equal([])
  })
  it('are answered at once: no case takes a second', () => expect(Math.max(...trial.families.map(({ slowest }) => slowest))).to.be.lessThan(1000))
  it('are each refused with a code and a clause', () => {
    for (const { id, result } of trial.answers)
      if (!result.ok) expect(result.code !== 'internal' && /^RFC \d+ /.test(result.clause), id).to.equal(true)
  })
})

describe('the list of differences', () => {
  it('gives a reason for each, names none twice, and lets none in', () => {
    expect(new Set(differences.map(({ id }) => id)).size).to.equal(differences.length)
    for (const { ours, reason } of differences) {
      expect(ours).to.equal('refused')
      expect(reason.length).to.be.greaterThan(40)
    }
  })
})

describe('the algorithms of old test certificates', () => {
  it('are out of reach of the product: nothing in it hands a table of its own to verifyChain', () => {
    const folder = join(import.meta.dirname, '..', '..')
    const files = ['server', 'bank-adapters'].flatMap(room =>
      readdirSync(join(folder, room), { recursive: true, encoding: 'utf8' }).map(file => join(room, file)),
    )
    const naming = files.filter(file => file.endsWith('.ts') && /signatureChecks|test\/corpora/.test(readFileSync(join(folder, file), 'utf8')))
    expect(naming.sort()).to.deep.equal([join('server', 'pki', 'path-search.ts'), join('server', 'pki', 'path.ts')])
  })
})
