import { subscribe } from 'node:diagnostics_channel'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { z } from 'zod'
import type { Cut } from './cut.ts'

/** Where a bank may die, found from outside of it: in the calls of the operating system that its files are written by, and in what Node tells of its requests. */
export function hookBank(cut: Cut): void {
  const { writeSync, fsyncSync } = fs
  let written = ''
  Object.assign(fs, {
    writeSync(file: number, text: string) {
      written = text
      cut.reach('bank-line-half-written', () => void writeSync(file, text.slice(0, text.length / 2)))
      return writeSync(file, text)
    },
    fsyncSync(file: number) {
      fsyncSync(file)
      if (isOfMessage(written)) cut.reach('bank-taken')
    },
  })
  syncBuiltinESMExports()

  subscribe('undici:request:create', event => isNotice(event) && cut.reach('bank-before-sending'))
  subscribe('undici:request:bodySent', event => isNotice(event) && cut.reach('bank-sent'))
}

/** A message of the platform's, or what its book says because of one. */
const isOfMessage = (line: string): boolean => line.includes('"answer":') || line.includes('"because":')

const request = z.object({ request: z.object({ path: z.string() }) })
const isNotice = (event: unknown): boolean => request.safeParse(event).data?.request.path === '/channel/messages'
