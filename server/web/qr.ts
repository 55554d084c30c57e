import { create } from 'qrcode'
import { html, type Markup } from './markup.ts'

/** modules of white around a QR code, by ISO/IEC 18004 section 6.3.8 */
const QUIET = 4

/**
 * An address as a QR code, drawn here: black on white whatever the page's colours are, for cameras want it so. Level M mends 15 percent.
 * @param label what a screen reader says of it
 * @throws Error when the address is too long for a code (2,331 bytes)
 */
export function qrCode(address: string, label: string): Markup {
  const { modules } = create(address, { errorCorrectionLevel: 'M' })
  const { size } = modules
  const whole = size + 2 * QUIET
  let path = ''
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) if (modules.get(y, x) !== 0) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`
  }
  return html`<svg class="qr" viewBox="0 0 ${whole} ${whole}" role="img" aria-label="${label}" shape-rendering="crispEdges"><rect width="${whole}" height="${whole}" fill="#ffffff"/><path d="${path}" fill="#000000"/></svg>`
}
