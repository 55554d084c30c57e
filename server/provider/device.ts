import type { KoaContextWithOIDC } from 'oidc-provider'
import { z } from 'zod'
import { contextOf } from '../http/context.ts'
import type { Clock } from '../kernel/clock.ts'
import { failures } from '../kernel/failures.ts'
import type { ProofStore } from '../storage/stores-parties.ts'
import { safeUrl } from '../web/markup.ts'
import { describeScopes } from './claims.ts'
import { explain } from './explain.ts'
import { notesOf } from './notes.ts'
import { deviceConfirmPage, deviceDonePage, deviceInputPage, deviceStoppedPage } from './pages/device.ts'
import { addressOf } from './user-code-tries.ts'
import { traceOf } from './watch.ts'

/**
 * The device grant's pages (RFC 8628): a code shown by a terminal without a keyboard of its own, entered on a phone. Owns what the person reads; the ordinary login follows. Does not own the codes
 * (the library) and their records (decoupled-records.ts).
 */
export interface DeviceDeps {
  stores: { proofs: ProofStore }
  clock: Clock
}

const deviceInfo = z.object({ trace: z.string(), address: z.string(), device: z.string(), at: z.string() })

export function createDeviceFlow({ stores: { proofs }, clock }: DeviceDeps) {
  const show = async (ctx: KoaContextWithOIDC, draw: (trace: string) => string) => {
    ctx.type = 'html'
    ctx.body = draw(await traceOf(ctx, proofs))
  }

  return {
    enabled: true,
    // letters that cannot be taken for one another, read out and typed without a switch of keyboard
    charset: 'base-20',
    mask: '****-****',
    deviceInfo: (ctx: KoaContextWithOIDC) => ({
      trace: contextOf(ctx.res).trace,
      address: addressOf(ctx),
      device: deviceName(ctx.get('user-agent')),
      at: clock.now().toISOString(),
    }),
    /** @param form the library's form, of which only address and secret are taken */
    async userCodeInputSource(ctx: KoaContextWithOIDC, form: string, _out?: unknown, error?: Error): Promise<void> {
      const target = targetOf(form)
      if (error === undefined) return show(ctx, trace => deviceInputPage({ ...target, trace }))
      const notes = notesOf(ctx)
      // said by the person themselves, which is no failure; the library says the same of a refused login
      if (error.name === 'AbortedError' && (notes.device === 'refused' || notes.login !== undefined)) {
        return show(ctx, trace => deviceStoppedPage({ byPerson: notes.device === 'refused', trace }))
      }
      const refusal = explain(ctx, error)
      notes.refusal = refusal
      ctx.status = failures[refusal.code].status
      const code = typed(ctx)
      await show(ctx, trace => deviceInputPage({ ...target, trace, problem: failures[refusal.code], ...(code === undefined ? {} : { code }) }))
    },
    async userCodeConfirmSource(
      ctx: KoaContextWithOIDC,
      form: string,
      client: { clientId: string; clientName?: string | undefined },
      info: unknown,
      code: string,
    ): Promise<void> {
      const { address, device, at } = deviceInfo.parse(info)
      const scope = ctx.oidc.entities.DeviceCode?.params?.['scope']
      const asks = describeScopes(typeof scope === 'string' ? scope.split(' ') : [])
      const center = client.clientName ?? client.clientId
      await show(ctx, trace => deviceConfirmPage({ ...targetOf(form), code, center, device, address, at: new Date(at), asks, trace }))
    },
    async successSource(ctx: KoaContextWithOIDC): Promise<void> {
      const center = ctx.oidc.client?.clientName ?? ''
      await show(ctx, trace => deviceDonePage({ center, trace }))
    },
  } as const
}

/** The address of `verification_uri_complete` carries the code: our own page in the place of the library's, which sends itself on and in any case has a button. */
export async function codeInAddress(ctx: KoaContextWithOIDC, proofs: ProofStore): Promise<void> {
  if (ctx.oidc.route !== 'code_verification' || ctx.method !== 'GET' || typeof ctx.body !== 'string') return
  const code = typed(ctx)
  if (code === undefined) return
  const trace = await traceOf(ctx, proofs)
  ctx.body = deviceInputPage({ ...targetOf(ctx.body), code, sendsItself: true, trace })
}

/** What was typed, if it can be shown again: letters, digits and dashes. */
function typed(ctx: KoaContextWithOIDC): string | undefined {
  const code = ctx.oidc.params?.['user_code']
  return typeof code === 'string' && /^[\w -]{1,20}$/.test(code) ? code : undefined
}

/** @throws TypeError when it is not the library's form */
function targetOf(form: string): { action: string; xsrf: string } {
  const action = safeUrl(/ action="([^"<>]+)"/.exec(form)?.[1] ?? '')
  const xsrf = /name="xsrf" value="([\w-]+)"/.exec(form)?.[1]
  if (action === undefined || xsrf === undefined) throw new TypeError('not the provider’s device form')
  return { action, xsrf }
}

const SYSTEMS = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/HarmonyOS|OpenHarmony/, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Macintosh|Mac OS X/, 'macOS'],
  [/Linux|X11/, 'Linux'],
] as const

/** A device in a word or two. What it says of itself is anybody's word, so nothing is repeated but a known system or the product's own short name (RFC 9110 10.1.5). */
function deviceName(agent: string): string {
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1]
  if (system !== undefined) return system
  return /^[A-Za-z][\w.-]{0,30}/.exec(agent)?.[0] ?? ''
}
