import { expect } from 'chai'
import { readXml } from '../../../server/seals/ofd/xml.ts'
import { descendantsOf } from '../../../server/seals/ofd/xml-tree.ts'
import { refusal } from './refusals.ts'
import { made, NS, pack, parts, seals, XML } from './stage.ts'

const read = (words: string | Buffer) => readXml(Buffer.from(words), '/x.xml').root

describe('OFD XML', () => {
  for (const [sentence, words, facts] of [
    ['a document type', '<!DOCTYPE a><a/>', 'document type'],
    ['entities that blow up', '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "cccc">]><a>&b;</a>', 'document type'],
    ['an entity from a file', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', 'document type'],
    ['a document type in small letters and inside', '<a><!doctype b></a>', 'document type'],
    ['an entity that nobody declared', '<a>&b;</a>', 'entity'],
    ['an entity without end', '<a>&amp</a>', 'entity'],
    ['a character that XML does not have', '<a>&#0;</a>', 'entity'],
    ['half a character', '<a>&#xD800;</a>', 'entity'],
    ['an instruction', '<?xml-stylesheet href="x"?><a/>', 'processing instruction'],
    ['another encoding', '<?xml version="1.0" encoding="GBK"?><a/>', 'encoding'],
    ['UTF-16', Buffer.from('\ufeff<a/>', 'utf16le'), 'not UTF-8'],
    ['bytes that are no UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]), 'not UTF-8'],
    ['nothing', '', 'no element'],
    ['two roots', '<a/><b/>', 'two roots'],
    ['text behind the root', '<a/>b', 'outside the root'],
    ['a tag without end', '<a', 'tag without end'],
    ['an element without end', '<a><b></b>', 'without end'],
    ['tags that cross', '<a><b></a></b>', 'end tag'],
    ['an attribute twice', '<a b="1" b="2"/>', 'twice'],
    ['attributes without blank between', '<a b="1"c="2"/>', 'twice or too many'],
    ['an attribute without quotes', '<a b=1/>', 'quotes'],
    ['a tag inside an attribute', '<a b="<"/>', 'tag inside'],
    ['a prefix that means nothing', '<o:a/>', 'prefix'],
    ['a comment without end', '<a><!-- </a>', '-->'],
    ['elements deeper than any', '<a>'.repeat(5000), 'too deep'],
    ['attributes without number', `<a ${Array.from({ length: 5000 }, (_, i) => `a${i}=""`).join(' ')}/>`, 'too many'],
    ['namespaces without number', `<a ${Array.from({ length: 40 }, (_, i) => `xmlns:a${i}="${i}"`).join(' ')}/>`, 'namespaces'],
    ['a name longer than any', `<${'a'.repeat(5000)}/>`, 'name'],
  ] as const) {
    it(`refuses ${sentence}`, async () => {
      const refused = await refusal(() => read(words))
      expect(refused.code).to.equal('seal_document_unusable')
      expect(refused.facts).to.include(facts)
    })
  }

  it('refuses elements without number in a moment', async () => {
    const begun = performance.now()
    expect((await refusal(() => read(`<a>${'<b/>'.repeat(300_001)}</a>`))).facts).to.include('too many elements')
    expect(performance.now() - begun).to.be.lessThan(10_000)
  })

  it('reads prefixes, default namespaces, entities, sections and comments, and knows the elements of OFD from others', () => {
    const root = read(
      `\ufeff<?xml version="1.0" encoding="utf-8"?>\n<Page xmlns="http://www.ofdspec.org/2016" xmlns:o="http://www.ofdspec.org/2016"><!-- <no> --><o:A b='&#x4e00;&amp;"'>x<![CDATA[<y>]]>&lt;</o:A><A xmlns=""/><q:A xmlns:q="urn:q"/></Page>`,
    )
    expect(root.children.map(({ name, text, attributes }) => [name, text, attributes.get('b')])).to.deep.equal([
      ['A', 'x<y><', '一&"'],
      ['{}A', '', undefined],
      ['{urn:q}A', '', undefined],
    ])
  })

  it('knows where each element stands', () => {
    const words = `<a><b c="1">text</b><d/></a>`
    const [b, d] = [...descendantsOf(read(words))]
    expect([words.slice(b?.from, b?.to), words.slice(b?.inside, b?.end), words.slice(d?.from, d?.to)]).to.deep.equal([
      '<b c="1">text</b>',
      'text',
      '<d/>',
    ])
  })

  it('refuses to seal a document whose parts it cannot read, and says which', async () => {
    const bad = pack({ ...parts(), 'Doc_0/Document.xml': `${XML}<!DOCTYPE x><ofd:Document ${NS}/>` })
    expect((await refusal(() => seals(bad))).facts).to.include('/Doc_0/Document.xml: a document type')
    expect((await refusal(() => seals(made({ pages: ['<Page/>'] }), { places: [{ kind: 'at', page: 1, x: 50, y: 50 }] }))).code).to.equal('accepted')
  })
})
