import { type DestinationStream, type Logger, pino } from 'pino'

export type Log = Logger

/** Names under which a secret could reach a log line; their values are cut out wherever they stand, one or two levels deep. */
const SECRET = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'pin',
  'code',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'client_assertion',
  'private_key',
  'certificate',
  'signature',
  'SAMLResponse',
  'SAMLRequest',
  'memo',
]

/** JSON in production, readable in development. `reference` on a child logger ties lines to the trace code on a page. */
export function createLog(options: { level: string; pretty: boolean }, destination?: DestinationStream): Log {
  const base = {
    level: options.level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: SECRET.flatMap(name => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]), censor: '[redacted]' },
  }
  if (destination !== undefined) return pino(base, destination)
  return options.pretty
    ? pino({ ...base, transport: { target: 'pino-pretty', options: { translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' } } })
    : pino(base)
}

export const silentLog: Log = pino({ level: 'silent' })
