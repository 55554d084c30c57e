import { type AppCertificate, type AppCertificateDeps, createAppCertificate } from './certificate.ts'
import { createDecryptByPhone, type DecryptByPhone, type DecryptByPhoneDeps } from './decrypt.ts'
import { createKeyTest, type KeyTest, type KeyTestDeps } from './key-test.ts'
import { type BidQuestion, createQuestions, type PhoneAnswers, type QuestionDeps, type Questions } from './question.ts'

/** The three questions together, for the pages that ask and for the phone's side that answers. Owns nothing but the joining. */
export interface BidPhone extends Pick<Questions, 'shown' | 'settle'> {
  decrypt: DecryptByPhone
  certificate: AppCertificate
  keyTest: KeyTest
  answers: ReadonlyMap<BidQuestion, PhoneAnswers>
}

export type BidPhoneDeps = QuestionDeps & Omit<DecryptByPhoneDeps & AppCertificateDeps & KeyTestDeps, 'questions'>

export function createBidPhone(given: BidPhoneDeps): BidPhone {
  const questions = createQuestions(given)
  const deps = { ...given, questions }
  const [decrypt, certificate, keyTest] = [createDecryptByPhone(deps), createAppCertificate(deps), createKeyTest(deps)]
  return {
    ...{ shown: questions.shown, settle: questions.settle, decrypt, certificate, keyTest },
    answers: new Map([
      ['bid-decrypt', decrypt.answers],
      ['bid-certificate', certificate.answers],
      ['bid-key-test', keyTest.answers],
    ]),
  }
}
