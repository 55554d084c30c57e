/** Runs one target over many bad inputs: looks for a throw, a trace left behind, a false accept, an input that takes long, and growing memory. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'
import type { Answer, Target } from './target.ts'

/** No input may take longer, in milliseconds. */
const TIME_LIMIT = 200
/** How much the process may grow over a campaign once it is warm, in bytes. */
const GROWTH_LIMIT = 400 * 1024 * 1024

export interface Find {
  /** `poisoned`: it left an error behind in OpenSSL, which the next import of a good key then fails with, whoever's that is */
  kind: 'threw' | 'poisoned' | 'false accept' | 'slow' | 'memory'
  target: string
  index: number
  facts: string
  input: Buffer
}

export interface Report {
  target: string
  inputs: number
  refused: number
  read: number
  accepted: number
  /** milliseconds */
  slowest: number
  elapsed: number
  /** bytes the process grew */
  growth: number
  finds: Find[]
}

export interface CampaignOptions {
  seed: string
  count: number
  /** stops early after so many finds; 10 unless told */
  most?: number
  onProgress?: (done: number) => void
}

export async function campaign(target: Target, { seed, count, most = 10, onProgress }: CampaignOptions): Promise<Report> {
  const report: Report = { target: target.name, inputs: 0, refused: 0, read: 0, accepted: 0, slowest: 0, elapsed: 0, growth: 0, finds: [] }
  const began = performance.now()
  let warm = 0
  for (let index = 0; index < count && report.finds.length < most; index++) {
    const input = mutate(target.seeds, new Random(`${seed}/${target.name}/${index}`))
    report.inputs++
    const found = await judge(target, input, report)
    if (found !== undefined) report.finds.push({ ...found, target: target.name, index, input: await smallest(target, input, found.kind) })
    if (index % 5000 === 0) {
      onProgress?.(index)
      const { rss } = process.memoryUsage()
      if (index <= Math.min(20_000, count / 4)) warm = Math.max(warm, rss)
      report.growth = Math.max(report.growth, rss - warm)
    }
  }
  report.elapsed = performance.now() - began
  if (report.growth > GROWTH_LIMIT)
    report.finds.push({
      kind: 'memory',
      target: target.name,
      index: count,
      facts: `${report.growth} bytes more than when it was warm`,
      input: Buffer.of(),
    })
  return report
}

async function judge(target: Target, input: Buffer, report: Report): Promise<{ kind: Find['kind']; facts: string } | undefined> {
  const began = performance.now()
  let answer: Answer
  try {
    answer = await target.run(input)
  } catch (thrown) {
    return { kind: 'threw', facts: thrown instanceof Error ? (thrown.stack ?? thrown.message).split('\n').slice(0, 4).join(' | ') : String(thrown) }
  }
  let took = performance.now() - began
  const left = leftBehind()
  if (left !== undefined) return { kind: 'poisoned', facts: left }
  // another process or the collector of garbage may have held us up: what is slow is slow each time
  for (let again = 0; again < 3 && took > TIME_LIMIT / 20; again++) took = Math.min(took, await timeOf(target, input))
  report.slowest = Math.max(report.slowest, took)
  if (took > TIME_LIMIT) return { kind: 'slow', facts: `${Math.round(took)} ms` }
  if (answer === 'refused' || answer === 'read') report[answer]++
  else if (target.truths.has(answer.accepted)) report.accepted++
  else return { kind: 'false accept', facts: `it was believed to say ${answer.accepted.slice(0, 300)}` }
  return undefined
}

const GOOD_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'der' })

function leftBehind(): string | undefined {
  try {
    createPrivateKey({ key: GOOD_KEY, format: 'der', type: 'pkcs8' })
    return undefined
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

async function timeOf(target: Target, input: Buffer): Promise<number> {
  const began = performance.now()
  await target.run(input)
  return performance.now() - began
}

/** The smallest input found with the same kind of find, by leaving out ever smaller pieces. */
async function smallest(target: Target, input: Buffer, kind: Find['kind']): Promise<Buffer> {
  if (kind === 'slow' || kind === 'memory') return input
  const report: Report = { target: '', inputs: 0, refused: 0, read: 0, accepted: 0, slowest: 0, elapsed: 0, growth: 0, finds: [] }
  let best = input
  for (let piece = Math.ceil(best.length / 2), tries = 0; piece >= 1 && tries < 5000; piece = Math.floor(piece / 2)) {
    for (let at = 0; at < best.length && tries < 5000; tries++) {
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + piece)])
      if ((await judge(target, shorter, report))?.kind === kind) best = shorter
      else at += piece
    }
  }
  return best
}
