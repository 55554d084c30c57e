/**
 * Owns the demonstration's people and companies: always the same, so that documents and tests can name them. Nobody here exists. Every company is called
 * 演示…(示范)有限公司, every person 示范 or 示例, and their codes lie in division 990000, which no place in China has. The check characters are right.
 */
import { createHash } from 'node:crypto'
import type { PersonRole } from '../../server/kernel/identity.ts'
import { readUscc, type Uscc, usccCheckCharacter } from '../../server/kernel/uscc.ts'

export interface Company {
  uscc: Uscc
  name: string
  /** what it does, for those who do not read Chinese */
  en: string
}

export interface Person {
  /** `p01` …; the same person at every bank */
  id: string
  name: string
  /** these four are shown on the bank's page: this is a demonstration */
  login: string
  password: string
  pin: string
  phone: string
  /** SM3 of the identity number, lower-case hexadecimal: what the banks share so that a person is known again at another bank */
  idDigest: string
}

export interface Seat {
  company: Company
  person: Person
  role: PersonRole
}

export const DEMO_PASSWORD = 'Demo-2468'
export const DEMO_PIN = '135790'

/** what each does, in Chinese and English, and the banks it has an account with: c CCB, i ICBC, a ABC */
const COMPANIES: readonly (readonly [zh: string, en: string, banks: string])[] = [
  ['云帆建设工程', 'Cloud Sail Construction', 'cia'],
  ['青禾园林绿化', 'Green Grain Landscaping', 'ci'],
  ['北辰市政路桥', 'North Star Roads and Bridges', 'ia'],
  ['南星水利水电', 'South Star Water Power', 'ca'],
  ['艾@云信息技术', 'Ai@Cloud Information', 'ci'],
  ['长风勘察设计', 'Long Wind Survey and Design', 'c'],
  ['明德工程监理', 'Bright Virtue Supervision', 'cia'],
  ['海岳招标代理', 'Sea and Peak Tender Agency', 'i'],
  ['瑞景消防工程', 'Fine View Fire Safety', 'a'],
  ['启航机电安装', 'Set Sail Mechanical', 'ci'],
  ['锦程物业服务', 'Bright Road Property', 'ia'],
  ['汇川环保科技', 'River Meet Environment', 'ca'],
  ['远山测绘地理', 'Far Hill Mapping', 'cia'],
  ['金石矿业勘探', 'Metal and Stone Mining', 'c'],
  ['和润医药供应', 'Harmony Pharma Supply', 'i'],
  ['天枢智能系统', 'Pole Star Systems', 'a'],
  ['立新装饰装修', 'Stand Anew Interiors', 'ci'],
  ['通达物流运输', 'Open Way Logistics', 'ia'],
  ['广源电力设备', 'Wide Source Power Equipment', 'cia'],
  ['百川给排水', 'Hundred Rivers Waterworks', 'ca'],
  ['方圆质量检测', 'Square and Circle Testing', 'ci'],
  ['新岸造价咨询', 'New Shore Cost Consulting', 'i'],
  ['松涛林业开发', 'Pine Wave Forestry', 'a'],
  ['晨光教学设备', 'Morning Light School Supplies', 'cia'],
]
const BANK_LETTERS: Readonly<Record<string, string>> = { ccb: 'c', icbc: 'i', abc: 'a' }

const SURNAMES: readonly (readonly [zh: string, pinyin: string])[] = [
  ['王', 'wang'],
  ['李', 'li'],
  ['张', 'zhang'],
  ['刘', 'liu'],
  ['陈', 'chen'],
  ['杨', 'yang'],
  ['赵', 'zhao'],
  ['黄', 'huang'],
  ['周', 'zhou'],
  ['吴', 'wu'],
  ['徐', 'xu'],
  ['孙', 'sun'],
  ['马', 'ma'],
  ['朱', 'zhu'],
  ['胡', 'hu'],
  ['郭', 'guo'],
  ['何', 'he'],
  ['林', 'lin'],
  ['高', 'gao'],
  ['罗', 'luo'],
  ['郑', 'zheng'],
  ['梁', 'liang'],
  ['谢', 'xie'],
  ['宋', 'song'],
]

const two = (n: number): string => String(n).padStart(2, '0')

/** Code of an organisation with its check character, GB 11714: weights 3 7 9 10 5 8 4 2, 11 minus the sum modulo 11. */
function organisationCode(number: number): string {
  const body = `DEM${String(number).padStart(5, '0')}`
  const weights = [3, 7, 9, 10, 5, 8, 4, 2]
  const sum = [...body].reduce((total, letter, i) => total + Number.parseInt(letter, 36) * (weights[i] ?? 0), 0)
  const check = 11 - (sum % 11)
  return body + (check === 10 ? 'X' : check === 11 ? '0' : String(check))
}

/** Identity number with its check character, GB 11643 (ISO 7064 mod 11-2). @param number that of the person's id, 7 for `p07` */
export function identityNumber(number: number): string {
  const body = `9900001980${two(1 + (number % 12))}${two(1 + (number % 28))}${String(number).padStart(3, '0')}`
  const sum = [...body].reduce((total, digit, i) => total + Number(digit) * (2 ** (17 - i) % 11), 0)
  return body + ('10X98765432'[sum % 11] ?? '')
}

function company(index: number, zh: string, en: string): Company {
  // 9 commerce authority, 1 enterprise, 990000 no division of China
  const first17 = `91990000${organisationCode(index + 1)}`
  return { uscc: readUscc(first17 + usccCheckCharacter(first17)), name: `演示${zh}(示范)有限公司`, en: `Demo ${en} Co., Ltd.` }
}

function person(index: number, given: string, pinyin: string): Person {
  const [surname = '', latin = ''] = SURNAMES[index % SURNAMES.length] ?? []
  const number = given === '示范' ? index + 1 : index + 1 + SURNAMES.length
  const idNumber = identityNumber(number)
  return {
    id: `p${two(number)}`,
    name: `${surname}${given}`,
    login: `${latin}.${pinyin}`,
    password: DEMO_PASSWORD,
    pin: DEMO_PIN,
    phone: `199****00${two(number)}`,
    idDigest: createHash('sm3').update(idNumber).digest('hex'),
  }
}

export const companies: readonly Company[] = COMPANIES.map(([zh, en], i) => company(i, zh, en))
const legalRepresentatives = SURNAMES.map((_, i) => person(i, '示范', 'shifan'))
const operators = SURNAMES.map((_, i) => person(i, '示例', 'shili'))
export const people: readonly Person[] = [...legalRepresentatives, ...operators]

/**
 * Who acts for which company: one legal representative and one to three operators each. 张示范 is legal representative of two companies (the third and the
 * thirteenth); every third company shares an operator with another one, so that several people act for several companies.
 */
const seats: readonly Seat[] = companies.flatMap((of, i) => {
  const at = <T>(list: readonly T[], index: number): T[] => list.slice(index % list.length, (index % list.length) + 1)
  const clerks = [i, ...(i % 3 === 0 ? [i + 6] : []), ...(i % 6 === 0 ? [i + 1] : [])]
  return [
    ...at(legalRepresentatives, i === 12 ? 2 : i).map(who => ({ company: of, person: who, role: 'legal-representative' as const })),
    ...clerks.flatMap(index => at(operators, index).map(who => ({ company: of, person: who, role: 'operator' as const }))),
  ]
})

/** Everybody who may act for a company that has an account with this bank, and for which; a bank that is none of the three serves every company. */
export function seatsAt(bank: string): readonly Seat[] {
  const letter = BANK_LETTERS[bank]
  return seats.filter(seat => letter === undefined || COMPANIES[companies.indexOf(seat.company)]?.[2].includes(letter))
}
