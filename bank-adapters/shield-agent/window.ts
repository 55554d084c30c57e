/**
 * Owns the pages of the agent's own window, served on its own loopback origin: no web page can read or fill them, and the address bar tells whose they are.
 * Chinese first, English beside it, no script at all.
 */
import { X509Certificate } from 'node:crypto'
import { html } from 'hono/html'
import type { Step } from './confirmations.ts'
import type { Shield } from './driver.ts'

/** Sent with every page; the form may only go back to the agent itself, and nobody may frame it. */
export const WINDOW_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // not `no-referrer`: the browser would then hide the form's Origin, which the answer is checked by
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
}

const TITLES = {
  sign: { zh: '确认签名', en: 'Confirm what you sign' },
  decrypt: { zh: '确认解密', en: 'Confirm the decryption' },
}

export function windowPage(step: Step): Promise<string> {
  switch (step.kind) {
    case 'ask':
      return askPage(step)
    case 'done':
      return messagePage('已确认', 'Confirmed', '盾正在完成操作，可以关闭这个窗口。', 'The shield is finishing; you may close this window.')
    case 'declined':
      return messagePage('已取消', 'Cancelled', '盾没有签名，可以关闭这个窗口。', 'Nothing was signed; you may close this window.')
    case 'locked':
      return messagePage(
        '盾已锁定',
        'The shield is locked',
        'PIN 码连续输错 6 次。请带证件到开户银行解锁。',
        'Six wrong PINs. Have your bank unlock it.',
      )
    default:
      return messagePage(
        '这次请求已结束',
        'This request has ended',
        '请回到原来的页面重新开始。',
        'Go back to the page you came from and start again.',
      )
  }
}

/** What a person sees who opens the agent's address by hand. */
export async function homePage(view: { version: string; ready: boolean; shields: Shield[] }): Promise<string> {
  return await frame(
    '盾助手',
    'Shield agent',
    html`<p>${view.ready ? '盾助手正在运行。' : '盾助手正在运行，但读不到盾。'} <span lang="en">${view.ready ? 'The agent is running.' : 'The agent runs but reaches no shield.'} ${view.version}</span></p>
      ${
        view.shields.length === 0
          ? html`<p>没有插入盾。 <span lang="en">No shield is plugged in.</span></p>`
          : html`<ul>${view.shields.map(shield => html`<li>${shield.label}<br><span class="quiet">${owner(shield)} · PIN ${shield.triesLeft}/6</span></li>`)}</ul>`
      }`,
  )
}

async function askPage({ confirmation, triesLeft, wrongPin }: Extract<Step, { kind: 'ask' }>): Promise<string> {
  const title = TITLES[confirmation.purpose]
  return await frame(
    title.zh,
    title.en,
    html`<p>网站 <strong>${confirmation.origin}</strong> 请求使用您的盾。请读完下面的内容，确认无误再输入 PIN 码。
        <span lang="en">This site asks for your shield. Read all of the text before you enter the PIN.</span></p>
      <h2 id="what">${confirmation.purpose === 'sign' ? '要签名的内容' : '要做的事'} <span lang="en">${confirmation.purpose === 'sign' ? 'What is signed' : 'What is done'}</span></h2>
      <pre id="words" aria-labelledby="what" tabindex="0">${confirmation.words}</pre>
      <dl><dt>使用的盾 <span lang="en">Shield</span></dt><dd>${confirmation.shield.label}<br><span class="quiet">${owner(confirmation.shield)}</span></dd></dl>
      <form method="post" action="/confirm/${confirmation.id}" autocomplete="off">
        <input type="hidden" name="key" value="${confirmation.key}">
        ${triesNotice(triesLeft, wrongPin)}
        <label for="pin">PIN 码 <span lang="en">PIN</span></label>
        <input id="pin" name="pin" type="password" autocomplete="off" maxlength="16" autofocus aria-describedby="tries">
        <div class="buttons">
          <button name="decision" value="agree">${confirmation.purpose === 'sign' ? '确认并签名' : '确认并解密'} <span lang="en">Confirm</span></button>
          <button name="decision" value="cancel" class="second">取消 <span lang="en">Cancel</span></button>
        </div>
      </form>`,
  )
}

function triesNotice(triesLeft: number, wrongPin: boolean) {
  if (triesLeft === 1)
    return html`<p id="tries" class="warning" role="alert">${wrongPin ? 'PIN 码不正确。' : ''}只剩最后 1 次！再输错，盾将锁定，须到银行解锁。
      <span lang="en">${wrongPin ? 'Wrong PIN. ' : ''}Last try: one more wrong PIN locks the shield, and only the bank can unlock it.</span></p>`
  if (wrongPin)
    return html`<p id="tries" class="warning" role="alert">PIN 码不正确，还可以试 ${triesLeft} 次。 <span lang="en">Wrong PIN, ${triesLeft} tries left.</span></p>`
  return html`<p id="tries" class="quiet">还可以试 ${triesLeft} 次。 <span lang="en">${triesLeft} tries left.</span></p>`
}

const messagePage = async (zh: string, en: string, bodyZh: string, bodyEn: string): Promise<string> =>
  await frame(zh, en, html`<p>${bodyZh} <span lang="en">${bodyEn}</span></p>`)

async function frame(zh: string, en: string, body: ReturnType<typeof html>): Promise<string> {
  const page = html`<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${zh} ${en} · 盾助手</title>
<link rel="stylesheet" href="/font/400.css"><link rel="stylesheet" href="/font/600.css"><link rel="stylesheet" href="/window.css"></head>
<body><main><p class="brand">盾助手 <span lang="en">Shield agent</span></p><h1>${zh} <span lang="en">${en}</span></h1>${body}</main></body>
</html>`
  return String(await page)
}

/** Holder and last day as the certificate has them: for the person's eye only, nobody decides by it. */
function owner({ signCertificate }: Shield): string {
  try {
    const certificate = new X509Certificate(signCertificate)
    const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? certificate.subject.replaceAll('\n', ', ')
    return `${name} · 至 ${certificate.validToDate.toISOString().slice(0, 10)}`
  } catch {
    return '证书无法识别'
  }
}
