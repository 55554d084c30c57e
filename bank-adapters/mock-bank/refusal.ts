/** What a bank says to a person or program it turns away. Its own words, not the broker's: the mock bank is another party. */
export class Refusal extends Error {
  readonly status: number
  readonly zh: string
  readonly en: string

  constructor(status: number, zh: string, en: string, more: { cause?: unknown } = {}) {
    super(en, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'Refusal'
    this.status = status
    this.zh = zh
    this.en = en
  }
}

export const refusals = {
  notFound: () => new Refusal(404, '没有这个页面。', 'There is no such page.'),
  noShield: () => new Refusal(404, '没有这个盾。', 'There is no such shield.'),
  noPerson: () => new Refusal(404, '没有这位客户。', 'There is no such customer.'),
  signInOver: () =>
    new Refusal(410, '这次登录已结束或已过期。请从原网站重新开始。', 'This sign-in has ended or expired. Start again where you came from.'),
  otherBrowser: () => new Refusal(403, '登录必须在同一个浏览器里完成。', 'A sign-in must be finished in the browser that began it.'),
  otherSite: () => new Refusal(403, '这个请求来自别的网站，已拒绝。', 'This request came from another site and was refused.'),
  badRequest: (en: string, cause?: unknown) => new Refusal(400, '请求不完整或格式不对。', en, { cause }),
  unknownPartner: (en: string, cause?: unknown) => new Refusal(403, '发起登录的网站没有通过验证。', en, { cause }),
  brokerAway: (cause: unknown) => new Refusal(502, '没能通知共享盾平台，请稍后再试。', 'The broker could not be told; try again later.', { cause }),
  outOfService: () => new Refusal(503, '银行系统暂停服务。', 'The bank is out of service.'),
} as const
