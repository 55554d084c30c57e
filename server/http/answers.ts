import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'

/**
 * The two answers that people's browsers get from us all day, without the negotiation and the courtesy page that Express adds to them; and a file to keep.
 */
export function sendPage(res: ServerResponse, html: string): void {
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  res.setHeader('Content-Length', Buffer.byteLength(html))
  res.end(html)
}

/** RFC 9110 section 15.4.4: whatever was asked before, the browser now gets this. @param url checked before: it is not looked at here */
export function seeOther(res: ServerResponse, url: string): void {
  res.statusCode = 303
  // a header takes visible ASCII alone
  res.setHeader(
    'Location',
    url.replaceAll(/[^!-~]+/g, rest => encodeURI(rest.toWellFormed())),
  )
  res.end()
}

/** Always as a download and without any power: what a stranger uploaded is never a page of ours. @param name as a person reads it (RFC 8187) */
export function sendAttachment(res: Response, { type, name, bytes }: { type: string; name: string; bytes: Uint8Array }): void {
  res.set(asAttachment(type, name))
  res.send(bytes)
}

/** The same for octets of any number, of no known type. @param size in bytes */
export async function streamAttachment(
  res: Response,
  { name, size, octets }: { name: string; size: number; octets: AsyncIterable<Buffer> },
): Promise<void> {
  res.set({ ...asAttachment('application/octet-stream', name), 'Content-Length': String(size) })
  try {
    await pipeline(octets, res)
  } catch (thrown) {
    // whoever asked is gone, often with all of it
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw thrown
  }
}

const asAttachment = (type: string, name: string): Record<string, string> => ({
  'Content-Type': type,
  'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, letter => `%${letter.charCodeAt(0).toString(16)}`)}`,
  'Content-Security-Policy': "sandbox; default-src 'none'",
})
