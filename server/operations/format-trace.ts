import type { TracePageView } from './pages/trace.ts'

const HOP = { center: 'center', broker: 'broker', agent: 'agent ', bank: 'bank  ' } as const
const WHO = { clerk: 'the person', bank: 'the bank', center: 'the center', operator: 'the operator' } as const

/** A trace for a terminal: what went wrong first, then the steps. Control characters are taken out, for facts come from outside. */
export function formatTrace(view: TracePageView): string {
  const start = new Date(view.startedAt).getTime()
  const lines = [
    `${view.code}  ${view.state}  ${view.startedAt}${view.center === undefined ? '' : `  ${view.center}`}${view.bank === undefined ? '' : `  ${view.bank}`}`,
  ]
  if (view.failure !== undefined) {
    const { code, zh, en, who, received, expected, remedy } = view.failure
    lines.push('', `  ${code}: ${en}`, `  ${zh}`, `  who can fix it: ${WHO[who]}`)
    if (received !== undefined) lines.push(`  received: ${received}`)
    if (expected !== undefined) lines.push(`  expected: ${expected}`)
    lines.push(`  remedy:   ${remedy.en}`, `            ${remedy.zh}`)
  }
  lines.push('')
  for (const step of view.steps) {
    const at = `+${((new Date(step.at).getTime() - start) / 1000).toFixed(3)}s`.padStart(10)
    const took = step.ms === undefined ? '' : `${Math.round(step.ms)} ms`
    const facts = Object.entries(step.facts).map(([name, value]) => `${name}=${value}`)
    const outcome = step.outcome === 'ok' ? 'ok' : `FAILED ${step.code ?? ''}`
    lines.push(`${at}  ${HOP[step.hop]}  ${step.step.padEnd(22)} ${took.padStart(8)}  ${[outcome, ...facts].join('  ').trimEnd()}`)
  }
  return `${lines.map(line => line.replaceAll(/\p{Cc}/gu, ' ').trimEnd()).join('\n')}\n`
}
