import { expect } from 'chai'
import { threeBanks } from '../../bank-adapters/mock-bank/bank-profile.ts'
import { companies, people, seatsAt } from '../../bank-adapters/mock-bank/companies.ts'
import { isUscc } from '../../server/kernel/uscc.ts'

describe('mock bank: companies and people', () => {
  it('has at least 24 companies, each with a valid code and an unmistakable name', () => {
    expect(companies.length).to.be.at.least(24)
    for (const { uscc, name } of companies) {
      expect(isUscc(uscc), uscc).to.equal(true)
      // division 990000 is no place in China
      expect(uscc).to.match(/^91990000/)
      expect(name).to.match(/^演示.+\(示范\)有限公司$/)
    }
    expect(new Set(companies.map(({ uscc }) => uscc)).size).to.equal(companies.length)
  })

  it('carries the right check character in each organisation code inside, as GB 11714 wants it', () => {
    for (const { uscc } of companies) {
      const code = uscc.slice(8, 17)
      const sum = [...code.slice(0, 8)].reduce(
        (total, letter, i) => total + Number.parseInt(letter, 36) * [3, 7, 9, 10, 5, 8, 4, 2].slice(i, i + 1).reduce((a, b) => a + b, 0),
        0,
      )
      expect('0X987654321'[sum % 11], code).to.equal(code.at(8))
    }
  })

  it('gives every company one legal representative and one to three operators', () => {
    for (const company of companies) {
      const seats = seatsAt('any').filter(seat => seat.company === company)
      expect(seats.filter(({ role }) => role === 'legal-representative')).to.have.length(1)
      expect(seats.filter(({ role }) => role === 'operator').length).to.be.within(1, 3)
    }
  })

  it('has people who act for several companies, and companies with several banks', () => {
    const counts = people.map(person => new Set(seatsAt('any').flatMap(seat => (seat.person === person ? [seat.company] : []))).size)
    expect(counts.filter(count => count > 1).length).to.be.at.least(5)
    const banksOf = companies.map(company => threeBanks.filter(({ id }) => seatsAt(id).some(seat => seat.company === company)).length)
    expect(banksOf.filter(count => count > 1).length).to.be.at.least(5)
    expect(Math.min(...banksOf)).to.be.at.least(1)
  })

  it('gives everybody a name, a login and a digest of their own', () => {
    for (const key of ['id', 'name', 'login', 'idDigest'] as const) expect(new Set(people.map(person => person[key])).size).to.equal(people.length)
    for (const { idDigest } of people) expect(idDigest).to.match(/^[0-9a-f]{64}$/)
  })
})
