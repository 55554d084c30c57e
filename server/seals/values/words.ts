/** Owns the words of each check on a signature value, in Chinese and English, and which of the three answers it belongs to (report.ts). One row a check; what is seen goes into facts. */
import { linesOf, type Pair, type Words } from '../lines.ts'

const say = (zh: string, en: string): Pair => [zh, en]
const row = (of: Words['of'], yes: Pair, no: Pair, unknown = say('无法判断。', 'It cannot be found out.')): Words => ({ of, yes, no, unknown })

const rows = {
  format: row(
    'intact',
    say('签章数据格式符合标准。', 'The signature’s data follow the standard.'),
    say('签章数据格式不符合标准，不能验证。', 'The signature’s data do not follow the standard and cannot be verified.'),
  ),
  signature: row(
    'intact',
    say('签名值正确。', 'The signature is right.'),
    say('签名值不正确：签章数据被改动过，或不是这张证书签的。', 'The signature is wrong: its data were changed, or another key made it.'),
    say(
      '签名值不能验证：算法不受支持、证书不能读取，或签名没有写明文件摘要。',
      'The signature cannot be verified: its algorithm is not accepted, its certificate cannot be read, or it does not state the document’s digest.',
    ),
  ),
  'signing-certificate': row(
    'intact',
    say('签名中写明的正是这张证书。', 'The signature names this very certificate.'),
    say('签名中写明的是另一张证书：签章人证书被换过。', 'The signature names another certificate: the signer’s was exchanged.'),
  ),
  'signer-list': row(
    'trusted',
    say('签章人证书在印章的证书名单中。', 'The signer’s certificate is in the seal’s list.'),
    say(
      '签章人证书不在印章的证书名单中：这枚印章不是给这个盾用的。',
      'The signer’s certificate is not in the seal’s list: the seal was not made for this shield.',
    ),
  ),
  'maker-signature': row(
    'trusted',
    say('印章确由制章者签发，未被改动。', 'The seal is as its maker signed it.'),
    say('制章者签名不正确：印章被改动过或是伪造的。', 'The maker’s signature is wrong: the seal was changed or forged.'),
    say(
      '制章者签名不能验证：算法不受支持，或证书不能读取。',
      'The maker’s signature cannot be verified: its algorithm is not accepted, or its certificate cannot be read.',
    ),
  ),
  'maker-chain': row(
    'trusted',
    say('制章者证书可信。', 'The maker’s certificate is trusted.'),
    say('制章者证书不可信。', 'The maker’s certificate is not trusted.'),
  ),
  'maker-usage': row(
    'trusted',
    say('制章者证书的密钥用途是签名。', 'The maker’s certificate is for signing.'),
    say('制章者证书的密钥用途不是签名。', 'The maker’s certificate is not for signing.'),
  ),
  'maker-period': row(
    'valid',
    say('制章时制章者证书在有效期内。', 'The maker’s certificate was valid when the seal was made.'),
    say('制章时制章者证书不在有效期内。', 'The maker’s certificate was not valid when the seal was made.'),
  ),
  'maker-revocation': row(
    'valid',
    say('制章时制章者证书未被吊销。', 'The maker’s certificate was not revoked when the seal was made.'),
    say('制章者证书已被吊销，不能证明制章在吊销之前。', 'The maker’s certificate is revoked, and the seal was not demonstrably made before that.'),
    say('查不到制章者证书是否被吊销。', 'Whether the maker’s certificate is revoked could not be found out.'),
  ),
  'maker-revoked-later': row(
    'valid',
    say(
      '制章者证书后来被吊销；时间戳证明印章此前已经存在，不受影响。',
      'The maker’s certificate was revoked later; a time stamp shows the seal is older, so it stands.',
    ),
    say('制章者证书后来被吊销。', 'The maker’s certificate was revoked later.'),
    say(
      '制章者证书在所称的制章时间之后被吊销，没有时间戳证明印章此前已经存在。',
      'The maker’s certificate was revoked after the stated making; no time stamp shows that the seal is older.',
    ),
  ),
  'seal-extensions': row(
    'trusted',
    say('印章没有无法识别的关键扩展。', 'The seal has no critical extension that is unknown here.'),
    say('印章有无法识别的关键扩展。', 'The seal has a critical extension that is unknown here.'),
    say(
      '印章或签章带有无法识别的关键扩展，其限制未知。',
      'The seal or its signature has a critical extension that is unknown here; what it limits is not known.',
    ),
  ),
  'seal-timestamp': row(
    'valid',
    say('印章的时间戳有效。', 'The seal’s time stamp holds.'),
    say('印章的时间戳不正确。', 'The seal’s time stamp is wrong.'),
  ),
  'seal-timestamp-unconfirmed': row(
    'note',
    say('印章的时间戳有效。', 'The seal’s time stamp holds.'),
    say('印章的时间戳不正确。', 'The seal’s time stamp is wrong.'),
    say('印章带有时间戳，但不能确认，未作依据。', 'The seal has a time stamp that cannot be confirmed here; it counted for nothing.'),
  ),
  'seal-created': row(
    'valid',
    say('印章制作在先，签章在后。', 'The seal was made before it was set.'),
    say('签章时间早于印章的制作时间：所称的时间不真实。', 'The seal was set before it was made: the stated time is not true.'),
  ),
  'seal-period': row(
    'valid',
    say('签章时印章在有效期内。', 'The seal was in force when it was set.'),
    say('签章时印章不在有效期内。', 'The seal was not in force when it was set.'),
    say('签章时间未知，印章现在已不在有效期内。', 'When it was set is not known, and the seal is not in force now.'),
  ),
  'signer-chain': row(
    'trusted',
    say('签章人证书由可信的机构签发。', 'The signer’s certificate comes from a trusted authority.'),
    say('签章人证书不可信。', 'The signer’s certificate is not trusted.'),
  ),
  'signer-usage': row(
    'trusted',
    say('签章人证书的密钥用途是签名。', 'The signer’s certificate is for signing.'),
    say('签章人证书的密钥用途不是签名。', 'The signer’s certificate is not for signing.'),
  ),
  'signer-period': row(
    'valid',
    say('签章时签章人证书在有效期内。', 'The signer’s certificate was valid when it signed.'),
    say('签章时签章人证书不在有效期内。', 'The signer’s certificate was not valid when it signed.'),
    say('签章时间未知，签章人证书现在已不在有效期内。', 'When it was signed is not known, and the signer’s certificate is not valid now.'),
  ),
  'signer-revocation': row(
    'valid',
    say('签章时签章人证书未被吊销。', 'The signer’s certificate was not revoked when it signed.'),
    say('签章人证书已被吊销，不能证明签章在吊销之前。', 'The signer’s certificate is revoked, and it did not demonstrably sign before that.'),
    say('查不到签章人证书是否被吊销。', 'Whether the signer’s certificate is revoked could not be found out.'),
  ),
  'signer-revoked-later': row(
    'valid',
    say('签章人证书在签章后被吊销，不影响此前的签章。', 'The signer’s certificate was revoked after it signed; what it signed before stands.'),
    say('签章人证书在签章后被吊销。', 'The signer’s certificate was revoked after it signed.'),
    say(
      '签章人证书在所称的签章时间之后被吊销，没有时间戳证明签章在吊销之前。',
      'The signer’s certificate was revoked after the stated time; no time stamp shows that it signed before.',
    ),
  ),
  timestamp: row(
    'valid',
    say('时间戳有效。', 'The time stamp holds.'),
    say('时间戳不正确：不是这个签名的，或被改动过。', 'The time stamp is wrong: it is of another signature, or was changed.'),
  ),
  'timestamp-unconfirmed': row(
    'note',
    say('时间戳有效。', 'The time stamp holds.'),
    say('时间戳不正确。', 'The time stamp is wrong.'),
    say(
      '签章带有时间戳，但它的机构不在信任名单中或查不到吊销信息，未作依据。',
      'There is a time stamp of an authority that is not trusted here, or could not be asked about; it counted for nothing.',
    ),
  ),
  time: row(
    'valid',
    say('签章时间由时间戳证明。', 'A time stamp shows when it was sealed.'),
    say('时间戳证明的时间早于签章人所称的时间。', 'The time stamp is older than the time the signer states.'),
  ),
  'time-claimed': row(
    'valid',
    say(
      '签章时间是签章人自己声明的；证书和印章至今有效，结论不受影响。',
      'The time is the signer’s own word; certificate and seal are good to this day, so nothing depends on it.',
    ),
    say('签章人声明的时间还没有到。', 'The time that the signer states has not come yet.'),
    say(
      '签章时间只有签章人自己的声明，没有时间戳；证书或印章后来失效，无法证明签章在失效之前。',
      'The time is the signer’s own word, without a time stamp; certificate or seal ended since, and nothing shows that it was sealed before.',
    ),
  ),
  'time-missing': row(
    'valid',
    say('没有写明签章时间；证书和印章至今有效。', 'No time is stated; certificate and seal are good to this day.'),
    say('没有写明签章时间。', 'No time is stated.'),
    say('没有写明签章时间，证书或印章现在已经失效。', 'No time is stated, and certificate or seal are not good any more.'),
  ),
  digest: row(
    'intact',
    say('文件内容与签章时一致。', 'The document is as it was sealed.'),
    say(
      '文件内容与签章时不一致：文件被改动过，或这是另一份文件的签章。',
      'The document is not as it was sealed: it was changed, or the seal is another document’s.',
    ),
    say('文件内容是否一致不能验证。', 'Whether the document is as it was sealed cannot be verified.'),
  ),
  property: row(
    'intact',
    say('签章写明的保护对象就是这里。', 'The signature says it is about this very place.'),
    say('签章写明的是另一处：这枚印章可能是从别处移来的。', 'The signature says it is about another place: the seal may have been moved here.'),
  ),
  'property-stated': row(
    'note',
    say('签章写明了保护对象。', 'The signature says what it is about.'),
    say('签章没有写明保护对象。', 'The signature does not say what it is about.'),
  ),
} as const satisfies Record<string, Words>
export type CheckCode = keyof typeof rows

/** facts are numbers, names, paths; no sentences */
export const check = linesOf(rows, 500)
