import { DOMParser } from '@xmldom/xmldom'
import { expect } from 'chai'
import fc from 'fast-check'
import { ExclusiveCanonicalization } from 'xml-crypto'
import { BrokerError } from '../../../server/kernel/errors.ts'
import { type Canonical, canonicalDocument, canonicalElement } from '../../../server/seals/xml/c14n.ts'
import { readXml } from '../../../server/seals/xml/read.ts'
import { elementsOf } from '../../../server/seals/xml/tree.ts'

const read = (text: string) => readXml(Buffer.from(text))
const reasonOf = (bytes: Uint8Array): string => {
  try {
    readXml(bytes)
  } catch (thrown) {
    if (thrown instanceof BrokerError) return `${thrown.code}: ${thrown.facts}`
    throw thrown
  }
  return 'accepted'
}

describe('reading XML refuses', () => {
  for (const [sentence, text, reason] of [
    ['a document type', '<!DOCTYPE a><a/>', 'document type'],
    ['entities that multiply', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', 'document type'],
    ['a file from outside', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'document type'],
    ['a document type inside the root', '<a><!DOCTYPE a></a>', 'document type'],
    ['an entity that would have to be declared', '<a>&nbsp;</a>', 'entity'],
    ['an entity named like what every object has', '<a>&constructor;</a>', 'entity'],
    ['more references than a document needs', `<a>${'&lt;'.repeat(3_000_001)}</a>`, 'references'],
    ['an ampersand alone', '<a>R & D</a>', 'entity'],
    ['a reference to no character', '<a>&#0;</a>', 'entity'],
    ['a reference to half a pair', '<a>&#xD800;</a>', 'entity'],
    ['a control character', '<a>\u0001</a>', 'character'],
    ['another encoding', '<?xml version="1.0" encoding="GBK"?><a/>', 'encoding'],
    ['another version', '<?xml version="1.1"?><a/>', 'version'],
    ['a second declaration', '<a/><?xml version="1.0"?>', 'instruction'],
    ['two roots', '<a/><b/>', 'two roots'],
    ['no root', '<!-- only -->', 'no element'],
    ['text before the root', 'x<a/>', 'outside'],
    ['text after the root', '<a/>x', 'outside'],
    ['a section after the root', '<a/><![CDATA[x]]>', 'outside'],
    ['an element without end', '<a><b></b>', 'without end'],
    ['ends in the wrong order', '<a><b></a></b>', 'end tag'],
    ['an end too many', '<a/></a>', 'end tag'],
    ['an attribute twice', '<a b="1" b="2"/>', 'twice'],
    ['an attribute twice by namespace', '<a xmlns:p="urn:x" xmlns:q="urn:x" p:b="1" q:b="2"/>', 'twice'],
    ['an attribute without quotes', '<a b=1/>', 'quotes'],
    ['an attribute without value', '<a b/>', 'value'],
    ['attributes without a blank between', '<a b="1"c="2"/>', 'blanks'],
    ['a tag in an attribute', '<a b="<c/>"/>', 'inside an attribute'],
    ['a prefix without namespace', '<p:a/>', 'prefix'],
    ['an attribute’s prefix without namespace', '<a p:b="1"/>', 'prefix'],
    ['a prefix taken back', '<a xmlns:p=""/>', 'cannot be declared'],
    ['xml for something else', '<a xmlns:xml="urn:x"/>', 'cannot be declared'],
    ['the prefix xmlns', '<a xmlns:xmlns="urn:x"/>', 'cannot be declared'],
    ['two colons', '<a:b:c xmlns:a="urn:x"/>', 'colons'],
    ['a name that begins with a digit', '<1/>', 'name'],
    ['a name whose second half does', '<p:1 xmlns:p="urn:x"/>', 'name'],
    ['a comment in a comment', '<a><!-- -- --></a>', 'comment'],
    ['a comment without end', '<a><!-- ', 'missing'],
    ['the end of a section in a text', '<a>]]></a>', 'section'],
    ['an element deeper than anybody nests', '<a>'.repeat(201) + '</a>'.repeat(201), 'deeper'],
    ['more attributes than an element has', `<a ${Array.from({ length: 201 }, (_, i) => `a${i}=""`).join(' ')}/>`, 'too many'],
    ['more namespaces than a document has', `<a ${Array.from({ length: 70 }, (_, i) => `xmlns:a${i}="urn:${i}"`).join(' ')}/>`, 'too many'],
  ] as const) {
    it(sentence, () =>
      expect(reasonOf(Buffer.from(text)))
        .to.match(/^seal_document_unusable/)
        .and.to.include(reason),
    )
  }

  it('octets that are no UTF-8', () => expect(reasonOf(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]))).to.include('UTF-8'))

  it('or reads anything, and never fails otherwise', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      'b',
      ':',
      '=',
      '"',
      "'",
      ' ',
      '<a>',
      '</a>',
      '<?',
      '?>',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '&',
      ';',
      '#x41',
      'xmlns',
      '<a b="1">',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), all => {
        expect(reasonOf(Buffer.from(all.join('')))).to.match(/^(accepted|seal_document_unusable)/)
      }),
      { numRuns: 1000 },
    )
  })

  it('nothing large for long: a million elements take seconds at most', () => {
    const started = performance.now()
    expect(reasonOf(Buffer.from(`<a>${'<b/>'.repeat(1_000_000)}</a>`))).to.include('more than')
    expect(performance.now() - started).to.be.below(10_000)
  })
})

/** The expected texts are those of the examples in section 3 of Canonical XML 1.0, without their document types. */
describe('canonical XML', () => {
  const whole = (text: string, form: Canonical['form'] = 'inclusive') => canonicalDocument(read(text), { form })
  const partOf = (text: string, local: string, how: Canonical) => {
    for (const element of elementsOf(read(text).root)) if (element.local === local) return canonicalElement(element, how)
    throw new Error('no such part')
  }

  it('keeps instructions around the root each on a line, and no comment (3.1)', () => {
    const text =
      '<?xml version="1.0"?>\n\n<?xml-stylesheet   href="doc.xsl"\n   type="text/xsl"   ?>\n\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->'
    expect(whole(text)).to.equal('<?xml-stylesheet href="doc.xsl"\n   type="text/xsl"   ?>\n<doc>Hello, world!</doc>\n<?pi-without-data?>')
  })

  it('keeps white space in texts (3.2)', () => {
    const text = '<doc>\n   <clean>   </clean>\n   <mixed>\n      A\n      <clean>   </clean>\n      B\n   </mixed>\n</doc>'
    expect(whole(text)).to.equal(text)
  })

  it('orders attributes and namespaces, drops what was said before, and writes empty elements out (3.3)', () => {
    const text =
      '<doc><e1   /><e2   ></e2><e3   name = "elem3"   id="elem3"   /><e5 a:attr="out" b:attr="sorted" attr2="all" attr="I\'m" xmlns:b="http://www.ietf.org" xmlns:a="http://www.w3.org" xmlns="http://example.org"/>' +
      '<e6 xmlns="" xmlns:a="http://www.w3.org"><e7 xmlns="http://www.ietf.org"><e8 xmlns="" xmlns:a="http://www.w3.org"><e9 xmlns="" xmlns:a="http://www.ietf.org"/></e8></e7></e6></doc>'
    expect(whole(text)).to.equal(
      '<doc><e1></e1><e2></e2><e3 id="elem3" name="elem3"></e3><e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I\'m" attr2="all" b:attr="sorted" a:attr="out"></e5>' +
        '<e6 xmlns:a="http://www.w3.org"><e7 xmlns="http://www.ietf.org"><e8 xmlns=""><e9 xmlns:a="http://www.ietf.org"></e9></e8></e7></e6></doc>',
    )
  })

  it('replaces references and sections, and refers where it must (3.4)', () => {
    const text =
      '<doc>\r\n<text>First line&#x0d;&#10;Second line</text><value>&#x32;</value><compute><![CDATA[value>"0" && value<"10" ?"valid":"error"]]></compute><compute expr=\'value>"0" &amp;&amp; value&lt;"10" ?"valid":"error"\'>valid</compute><norm attr=\' &apos;   &#x20;&#13;&#xa;&#9;   &apos; \'/><t a="x\ty\r\nz"/></doc>'
    expect(whole(text)).to.equal(
      '<doc>\n<text>First line&#xD;\nSecond line</text><value>2</value><compute>value&gt;"0" &amp;&amp; value&lt;"10" ?"valid":"error"</compute><compute expr="value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;">valid</compute><norm attr=" \'    &#xD;&#xA;&#x9;   \' "></norm><t a="x y z"></t></doc>',
    )
  })

  const nested = '<a xmlns="urn:a" xmlns:b="urn:b" xmlns:c="urn:c" xml:lang="zh" xml:id="i" xml:space="preserve"><b:d e="1"><f c:g="2"/></b:d></a>'
  it('takes over what stands above a part, inclusively', () => {
    expect(partOf(nested, 'd', { form: 'inclusive' })).to.equal(
      '<b:d xmlns="urn:a" xmlns:b="urn:b" xmlns:c="urn:c" e="1" xml:id="i" xml:lang="zh" xml:space="preserve"><f c:g="2"></f></b:d>',
    )
    expect(partOf(nested, 'd', { form: 'inclusive-1.1' })).to.equal(
      '<b:d xmlns="urn:a" xmlns:b="urn:b" xmlns:c="urn:c" e="1" xml:lang="zh" xml:space="preserve"><f c:g="2"></f></b:d>',
    )
  })

  it('takes over only what a part uses, exclusively, and what the list says', () => {
    expect(partOf(nested, 'd', { form: 'exclusive' })).to.equal('<b:d xmlns:b="urn:b" e="1"><f xmlns="urn:a" xmlns:c="urn:c" c:g="2"></f></b:d>')
    expect(partOf(nested, 'd', { form: 'exclusive', prefixes: ['c', '', 'unknown'] })).to.equal(
      '<b:d xmlns="urn:a" xmlns:b="urn:b" xmlns:c="urn:c" e="1"><f c:g="2"></f></b:d>',
    )
  })

  it('orders by characters, not by halves of pairs', () => {
    expect(whole('<a \u{10000}="1" \uF900="2"/>')).to.equal('<a \uF900="2" \u{10000}="1"></a>')
  })

  it('is the same as another implementation’s, exclusively, of any document', () => {
    const name = fc.constantFrom('a', 'b', 'p:a', 'q:b', '中')
    const attribute = fc.tuple(
      fc.constantFrom('x', 'y', 'p:x', 'q:x', 'xml:lang'),
      fc.constantFrom('1', ' &amp;"'.replace('"', '&quot;'), '中\t&#10;'),
    )
    // without xmlns="", which that implementation writes anew on every element below
    const space = fc.constantFrom('', ' xmlns="urn:d"', ' xmlns:p="urn:p"', ' xmlns:p="urn:p2"', ' xmlns:q="urn:q" xmlns="urn:e"')
    const { node } = fc.letrec<{ node: string; text: string }>(tie => ({
      text: fc.constantFrom('t', ' \r\n', '&lt;&#13;', '<![CDATA[<&]]>', '<!-- c -->'),
      node: fc
        .tuple(
          name,
          space,
          fc.uniqueArray(attribute, { maxLength: 3, selector: ([key]) => key }),
          fc.array(fc.oneof({ maxDepth: 4 }, tie('text'), tie('node')), { maxLength: 4 }),
        )
        .map(
          ([tag, own, attributes, inside]) =>
            `<${tag}${own}${attributes.map(([key, value]) => ` ${key}="${value}"`).join('')}>${inside.join('')}</${tag}>`,
        ),
    }))
    fc.assert(
      fc.property(node, inside => {
        const text = `<r xmlns:p="urn:p0" xmlns:q="urn:q0">${inside}</r>`
        const element = new DOMParser().parseFromString(text, 'text/xml').documentElement
        if (element === null) throw new Error('no document')
        // their types name the browser's elements, which xmldom's are not to the letter
        const theirs: unknown = Reflect.apply(ExclusiveCanonicalization.prototype.process, new ExclusiveCanonicalization(), [element, {}])
        expect(canonicalElement(read(text).root, { form: 'exclusive' })).to.equal(theirs)
      }),
      { numRuns: 300 },
    )
  })
})
