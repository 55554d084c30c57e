/**
 * The bank's own page talks to the shield agent on this machine: finds shields of this bank, has the text on the page signed, sends the signature as a form.
 * Expects form#shield-form[data-agent-url][data-bank] with select#shield-select, input#shield-pin in #shield-pin-row, pre#shield-text, button#shield-sign,
 * #shield-status, and hidden inputs certificate and signature.
 */
const form = document.querySelector('#shield-form')
const select = document.querySelector('#shield-select')
const pin = document.querySelector('#shield-pin')
const pinRow = document.querySelector('#shield-pin-row')
const button = document.querySelector('#shield-sign')
const status = document.querySelector('#shield-status')
const text = document.querySelector('#shield-text').textContent

/** whether the PIN is asked in the agent's own window */
let ownWindow = false
let confirmWindow
let last = 0
const waiting = new Map()

function say(zh, en) {
  const english = document.createElement('span')
  english.lang = 'en'
  english.textContent = en
  status.replaceChildren(`${zh} `, english)
}

const socket = new WebSocket(form.dataset.agentUrl)

function call(name, ...params) {
  return new Promise((resolve, reject) => {
    last += 1
    waiting.set(last, { resolve, reject })
    socket.send(JSON.stringify({ id: last, function: name, params }))
  })
}

async function listShields() {
  const users = String(await call('SOF_GetUserList'))
    .split('&&&')
    .filter(Boolean)
  const ours = users.map(user => user.split('||')).filter(([label = '']) => label.startsWith(form.dataset.bank))
  select.replaceChildren(...ours.map(([label, id]) => new Option(label, id)))
  const some = ours.length > 0
  for (const field of [select, pin, button]) field.disabled = !some
  if (some) say('盾助手已就绪。', 'The shield agent is ready.')
  else say('没有找到本行的盾，请插入。', 'No shield of this bank is plugged in.')
}

socket.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data)
  const asked = waiting.get(message.id)
  if (asked) {
    waiting.delete(message.id)
    if (message.error) asked.reject(message.error)
    else asked.resolve(message.value)
  } else if (message.event === 'hello') {
    ownWindow = message.pin === 'own-window'
    pinRow.hidden = ownWindow
    listShields().catch(failed)
  } else if (message.event === 'shieldsChanged') listShields().catch(failed)
  else if (message.event === 'confirm') {
    say('请在盾助手的窗口里核对内容并输入 PIN。', 'Check the text and enter the PIN in the agent’s window.')
    if (confirmWindow && !confirmWindow.closed) confirmWindow.location = message.url
    else window.open(message.url, 'shield-agent', 'popup,width=520,height=760')
  }
})
socket.addEventListener('close', () => {
  for (const { reject } of waiting.values()) reject({ zh: '与盾助手的连接断开了。', en: 'The connection to the agent broke.' })
  waiting.clear()
  for (const field of [select, pin, button]) field.disabled = true
  say('没有找到盾助手。请启动后刷新页面。', 'The shield agent is not running. Start it and reload the page.')
})

function failed(error) {
  button.disabled = false
  say(error?.zh ?? '盾没有完成签名。', error?.en ?? 'The shield did not sign.')
}

async function sign() {
  button.disabled = true
  say('正在签名……', 'Signing…')
  const id = select.value
  if (!ownWindow) {
    const answer = await call('SOF_Login', id, pin.value)
    pin.value = ''
    if (answer === -1) throw { zh: '盾已锁定，请到银行解锁。', en: 'The shield is locked; have the bank unlock it.' }
    if (answer !== 0) throw { zh: `PIN 码不正确，还可以试 ${answer} 次。`, en: `Wrong PIN, ${answer} tries left.` }
  }
  form.elements.certificate.value = await call('SOF_ExportUserCert', id)
  form.elements.signature.value = await call('SOF_SignData', id, text)
  say('已签名，正在登录……', 'Signed, logging in…')
  form.submit()
}

form.addEventListener('submit', event => {
  event.preventDefault()
  // opened here, in the click itself, or the browser takes it for an unwanted pop-up
  if (ownWindow) confirmWindow = window.open('', 'shield-agent', 'popup,width=520,height=760')
  sign().catch(error => {
    if (confirmWindow && !confirmWindow.closed) confirmWindow.close()
    failed(error)
  })
})
