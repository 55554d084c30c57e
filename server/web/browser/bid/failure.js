/** Owns why a bid was not encrypted, in words for the person; codes are those of the platform where it has the same. */

/** @typedef {readonly [zh: string, en: string]} Words */

const WORDS = {
  bad_request: [
    '加密所需的信息不完整或不正确，请刷新页面后重试。',
    'What is needed to encrypt is incomplete or wrong. Reload the page and try again.',
  ],
  certificate_malformed: ['证书内容无法识别。请更换盾或联系发证银行。', 'A certificate cannot be read. Use another shield or contact the bank.'],
  certificate_wrong_use: ['这张证书不能用于加密。请选择有加密证书的盾。', 'This certificate is not for encryption. Use a shield that has one.'],
  algorithm_refused: [
    '证书的密码算法不能用于加密标书。请联系银行更换盾。',
    'Bids are not encrypted to keys of this kind. Ask your bank for a new shield.',
  ],
  file_changed: ['文件在加密途中被修改了，请保存并关闭文件后重新开始。', 'The file changed while it was read. Save and close it, then begin again.'],
  file_unreadable: [
    '读不到文件。请确认它没有被移动或删除，然后重新选择。',
    'The file cannot be read. Check that it was not moved or deleted, and choose it again.',
  ],
  file_too_large: ['文件太大。', 'The file is too large.'],
  bid_not_for_this_key: [
    '这个盾解不开用它的加密证书加密的内容，没有上传。请换一个盾，或联系发证银行。',
    'This shield does not open what was encrypted to its own certificate. Nothing was sent. Use another shield, or ask its bank.',
  ],
  bid_envelope_malformed: [
    '加密后的自检没有通过，没有登记。请重新开始；再次出现时请换一台电脑。',
    'The encrypted bid did not pass its own test and was not registered. Begin again; should it happen again, use another computer.',
  ],
  cancelled: ['已取消，没有登记。需要时请重新开始。', 'Cancelled; nothing was registered. Begin again when you wish.'],
  not_started: [
    '浏览器没能运行加密程序，没有上传。请更新浏览器后重试。',
    'The browser could not run what encrypts; nothing was sent. Update the browser and try again.',
  ],
  upload_lost: [
    '网络中断太久，平台已收到的部分接不上了。请重新开始；原来登记的标书不受影响。',
    'The network was away for too long to go on where it broke off. Begin again; a bid registered before is not affected.',
  ],
  receipt_differs: [
    '平台收到的文件与本机加密的不一致，请立即联系交易中心，并重新开始。',
    'The platform received another file than was encrypted here. Contact the center at once, and begin again.',
  ],
  test_lost: [
    '网络中断，自检没有做完，不算失败。请再按一次。',
    'The network was lost and the test did not end; it does not count as failed. Press again.',
  ],
  self_test_failed: [
    '浏览器的密码运算自检没有通过，没有加密。请更新浏览器或换一台电脑。',
    'The cryptographic self-test failed in this browser; nothing was encrypted. Update the browser or use another computer.',
  ],
}

/** @typedef {keyof typeof WORDS} FailureCode */

export class BidFailure extends Error {
  /**
   * @param {FailureCode} code
   * @param {string} facts for whoever looks into it
   */
  constructor(code, facts) {
    super(facts)
    this.code = code
    this.words = /** @type {Words} */ (/** @type {unknown} */ (WORDS[code]))
  }
}
