/** Owns the trial of all published path cases: what we answer, against what is expected and against the reviewed differences. */
import { type Answer, ask, familyOf, type PathCase } from './cases.ts'
import { differences } from './differences.ts'

interface FamilyResult {
  family: string
  cases: number
  asExpected: number
  /** let in where it is to be refused: never acceptable */
  falseAccepts: string[]
  falseRefusals: string[]
  /** milliseconds of the slowest case */
  slowest: number
}

export interface Trial {
  families: FamilyResult[]
  answers: Answer[]
  /** what makes the trial fail, one line each; empty when all is well */
  problems: string[]
}

const given = ({ result }: Answer): 'accepted' | 'refused' => (result.ok ? 'accepted' : 'refused')

export function runTrial(cases: readonly PathCase[]): Trial {
  const answers = cases.map(ask)
  const families = [...new Set(cases.map(familyOf))].map(family =>
    summary(
      family,
      answers.filter(answer => answer.family === family),
    ),
  )
  const listed = new Map(differences.map(each => [each.id, each]))
  const differing = answers.filter(answer => given(answer) !== answer.expected)
  const problems = [
    ...differing.filter(answer => answer.expected === 'refused').map(({ id }) => `${id}: let in, and must be refused`),
    ...differing
      .filter(({ id, expected }) => expected === 'accepted' && !listed.has(id))
      .map(
        ({ id, result }) => `${id}: refused, and not a listed difference: ${result.ok ? '' : `${result.code}, ${result.clause}: ${result.facts}`}`,
      ),
    ...differences
      .filter(({ id, ours }) => !differing.some(each => each.id === id && given(each) === ours))
      .map(({ id }) => `${id}: listed, and no difference any more`),
    ...cases.flatMap((one, i) => policyProblem(one, answers[i])),
  ]
  return { families, answers, problems }
}

function summary(family: string, answers: readonly Answer[]): FamilyResult {
  const wrong = answers.filter(answer => given(answer) !== answer.expected)
  return {
    family,
    cases: answers.length,
    asExpected: answers.length - wrong.length,
    falseAccepts: wrong.filter(answer => answer.result.ok).map(({ id }) => id),
    falseRefusals: wrong.filter(answer => !answer.result.ok).map(({ id }) => id),
    slowest: Math.max(0, ...answers.map(({ milliseconds }) => milliseconds)),
  }
}

/** PKITS also says which policies hold for an accepted path. */
function policyProblem({ id, user_set: expected }: PathCase, answer: Answer | undefined): string[] {
  if (expected === undefined || answer === undefined || !answer.result.ok) return []
  const wanted = expected === '<empty>' ? '' : expected.replace('X509v3 Any Policy', '2.5.29.32.0')
  const found = answer.result.policies.join(':')
  return found === wanted ? [] : [`${id}: policies ${found || 'none'} where ${wanted || 'none'} hold`]
}
