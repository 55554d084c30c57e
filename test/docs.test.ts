import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect } from 'chai'
import { settings } from '../server/settings.ts'

/** Documents that are not true are worse than none: what can be held against the code is. */
const root = resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).flatMap(name => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]

describe('the documents', () => {
  it('name every setting of the broker', () => {
    const text = read('docs/operate.md')
    for (const { variable } of settings) expect(text).to.include(`\`${variable}\``)
  })

  it('name no setting, metric or npm command that is not there', () => {
    const code = ['server/settings.ts', 'server/config.ts', 'server/operations/metrics.ts'].map(read).join('\n')
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const file of documents) {
      const text = read(file)
      for (const [name] of text.matchAll(/\bSHIELD_[A-Z_]+[A-Z]\b/g)) {
        if (name.startsWith('SHIELD_BANK_') || name.endsWith('_FILE')) continue
        expect(code, `${name} in ${file}`).to.include(name)
      }
      for (const [name] of text.matchAll(/\bshield_[a-z_]+\b/g)) {
        if (['shield_interaction', 'shield_attempt', 'shield_session'].includes(name)) continue
        expect(code, `${name} in ${file}`).to.include(name)
      }
      for (const [, script = ''] of text.matchAll(/\bnpm run ([a-z:]+)/g)) expect(scripts, `npm run ${script} in ${file}`).to.have.property(script)
    }
  })

  it('lead nowhere that is not there', () => {
    for (const file of documents) {
      for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)) {
        expect(existsSync(join(root, dirname(file), target)), `${target} in ${file}`).to.equal(true)
      }
    }
  })
})
